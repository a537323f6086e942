import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { CompositeInstanceRetrieve, ModalityWorklist, QueryRetrieve, Storage } from "../src/index.ts"

describe("ApplicationInformation", () => {
  it("a flag is a byte, and what follows the last one is left out (PS3.4 Table C.5-1)", () => {
    const encode = Schema.encodeSync(QueryRetrieve.FindApplicationInformation)
    assert.deepStrictEqual(encode({ relationalQueries: true }), Uint8Array.of(1))
    assert.deepStrictEqual(encode({ fuzzySemanticMatching: true }), Uint8Array.of(0, 0, 1))
    assert.deepStrictEqual(encode({}), Uint8Array.of(0))
  })

  it("bytes that are missing are 0, and more than the known ones are passed over", () => {
    const decode = Schema.decodeSync(QueryRetrieve.FindApplicationInformation)
    const none = {
      relationalQueries: false,
      dateTimeMatching: false,
      fuzzySemanticMatching: false,
      timezoneQueryAdjustment: false,
      enhancedMultiFrameImageConversion: false,
      emptyValueMatching: false,
      multipleValueMatching: false
    }
    assert.deepStrictEqual(decode(new Uint8Array(0)), none)
    assert.deepStrictEqual(decode(Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 1)), {
      ...none,
      relationalQueries: true,
      timezoneQueryAdjustment: true
    })
  })

  it("reserved bytes are sent as the standard has them (PS3.4 section K.5.1)", () => {
    const encode = Schema.encodeSync(ModalityWorklist.ApplicationInformation)
    assert.deepStrictEqual(encode({}), Uint8Array.of(1, 1, 0))
    assert.deepStrictEqual(encode({ timezoneQueryAdjustment: true }), Uint8Array.of(1, 1, 0, 1))
  })

  it("the byte for relational retrieval is reserved where an instance is asked for alone (PS3.4 Table Y.5.1-1)", () => {
    const { ApplicationInformation } = CompositeInstanceRetrieve
    const conversion = { enhancedMultiFrameImageConversion: true } as const
    assert.deepStrictEqual(Schema.encodeSync(ApplicationInformation)(conversion), Uint8Array.of(0, 1))
    assert.deepStrictEqual(Schema.encodeSync(ApplicationInformation)({}), Uint8Array.of(0))
    assert.deepStrictEqual(Schema.decodeSync(ApplicationInformation)(Uint8Array.of(1, 1)), conversion)
    // @ts-expect-error: there is no relational retrieval
    const wrong: typeof ApplicationInformation.Type = { relationalRetrieval: true }
    assert.isDefined(wrong)
  })

  it("levels are numbers, and one that is not known is 0 (PS3.4 Table B.3-1)", () => {
    const value = { levelOfSupport: 2, levelOfDigitalSignatureSupport: 0, elementCoercion: 1 } as const
    assert.deepStrictEqual(Schema.encodeSync(Storage.ApplicationInformation)(value), Uint8Array.of(2, 0, 0, 0, 1, 0))
    assert.deepStrictEqual(Schema.decodeSync(Storage.ApplicationInformation)(Uint8Array.of(2, 0, 9, 0, 1, 0)), value)
    // @ts-expect-error: there is no such level
    const wrong: typeof Storage.ApplicationInformation.Type = { levelOfSupport: 4 }
    assert.strictEqual<number | undefined>(wrong.levelOfSupport, 4)
  })
})
