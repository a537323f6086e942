import { assert, describe, it } from "@effect/vitest"
import * as Tag from "../src/Tag.ts"
import * as TagPath from "../src/TagPath.ts"

describe("TagPath.format", () => {
  it("prints each element, and the item in which the path goes on", () => {
    assert.strictEqual(TagPath.format([]), "")
    assert.strictEqual(TagPath.format([{ tag: Tag.PixelData }]), "(7FE0,0010)")
    assert.strictEqual(
      TagPath.format([{ tag: Tag.make(0x0008, 0x1140), item: 2 }, { tag: Tag.SOPClassUID }]),
      "(0008,1140)[2].(0008,0016)"
    )
  })
})
