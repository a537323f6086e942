import * as Schema from "effect/Schema"
import * as DataElement from "../src/DataElement.ts"
import * as DataSet from "../src/DataSet.ts"
import * as Tag from "../src/Tag.ts"
import type { TransferSyntax } from "../src/TransferSyntax.ts"
import * as Vr from "../src/Vr.ts"

/** The VRs of values in bytes. */
export const valueVrs = Vr.Vr.literals.filter((vr) => vr !== "SQ")

const U16 = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))

const Group = Schema.Int.check(Schema.isBetween({ minimum: 0x0009, maximum: 0x0fff }))

const Leaf = Schema.TaggedStruct("Leaf", {
  group: Group,
  element: U16,
  vr: Schema.Literals(valueVrs),
  bytes: Schema.Uint8Array
})

const Fragmented = Schema.TaggedStruct("Fragmented", {
  group: Group,
  element: U16,
  vr: Schema.Literals(["OB", "OW"]),
  fragments: Schema.Array(Schema.Uint8Array)
})

/** What an element is to be made of. */
export type Planned =
  | typeof Leaf.Type
  | typeof Fragmented.Type
  | {
      readonly _tag: "Nested"
      readonly group: number
      readonly element: number
      readonly undefinedLength: boolean
      readonly items: ReadonlyArray<ReadonlyArray<Planned>>
    }

const few = Schema.isMaxLength(4)

const nestedIn = (plan: Schema.Codec<ReadonlyArray<Planned>>): Schema.Codec<ReadonlyArray<Planned>> =>
  Schema.Array(
    Schema.Union([
      Leaf,
      Fragmented,
      Schema.TaggedStruct("Nested", {
        group: Group,
        element: U16,
        undefinedLength: Schema.Boolean,
        items: Schema.Array(plan).check(few)
      })
    ])
  ).check(few)

/** Plans of data sets with every VR, nested three deep. */
export const Plan: Schema.Codec<ReadonlyArray<Planned>> = nestedIn(nestedIn(nestedIn(Schema.Array(Leaf).check(few))))

/** The plan without what is in fragments. */
export const withoutFragments = (plan: ReadonlyArray<Planned>): ReadonlyArray<Planned> =>
  plan.flatMap((planned): ReadonlyArray<Planned> =>
    planned._tag === "Fragmented"
      ? []
      : planned._tag === "Nested"
        ? [{ ...planned, items: planned.items.map(withoutFragments) }]
        : [planned]
  )

/** The data set of a plan. */
export const build = (plan: ReadonlyArray<Planned>, transferSyntax: TransferSyntax): DataSet.DataSet =>
  DataSet.make(
    transferSyntax,
    plan.map((planned): DataElement.DataElement => {
      // Private, and no creators: PS3.6 says nothing of them, nor do they decide what others are.
      const tag = Tag.make(planned.group | 1, planned.element | 0x1000)
      switch (planned._tag) {
        case "Leaf":
          return DataElement.value(tag, planned.vr, planned.bytes)
        case "Fragmented":
          return DataElement.encapsulated(tag, planned.vr, new Uint8Array(0), planned.fragments)
        case "Nested": {
          const { undefinedLength } = planned
          return DataElement.sequence(
            tag,
            planned.items.map((item) => build(item, transferSyntax)),
            { undefinedLength }
          )
        }
      }
    })
  )

const digits = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex").toUpperCase()

/** What a data set says, as plain values. */
export const said = (dataSet: DataSet.DataSet): ReadonlyArray<unknown> =>
  DataSet.elements(dataSet).map((element) => {
    const { tag, vr } = element
    switch (element._tag) {
      case "Value":
        return { tag, vr, bytes: digits(element.bytes) }
      case "Sequence":
        return { tag, vr, undefinedLength: element.undefinedLength, items: element.items.map(said) }
      case "Encapsulated":
        return {
          tag,
          vr,
          table: element.basicOffsetTable && digits(element.basicOffsetTable),
          fragments: element.fragments.map(digits)
        }
    }
  })
