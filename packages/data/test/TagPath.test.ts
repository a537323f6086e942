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

describe("TagPath.abbreviate", () => {
  it("prints the two ends of a long path, and how much is between them", () => {
    const path = Array.from({ length: 9 }, (_, i) => ({ tag: Tag.make(0x0008, 0x1140 + i), item: i + 1 }))
    assert.strictEqual(
      TagPath.abbreviate(path),
      "(0008,1140)[1].(0008,1141)[2] ... 5 more ... (0008,1147)[8].(0008,1148)[9]"
    )
    assert.strictEqual(TagPath.abbreviate(path.slice(1)), TagPath.format(path.slice(1)))
  })
})
