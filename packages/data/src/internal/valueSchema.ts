/**
 * Schemas of the values of attributes, by VR and VM: what they accept is what is read again once it is written; and the
 * same said of most values in less time.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AS from "../AS.ts"
import type * as Attribute from "../Attribute.ts"
import type { ValueOf } from "../AttributeValue.ts"
import * as DA from "../DA.ts"
import type { AttributeVr } from "../Dictionary.ts"
import * as DS from "../DS.ts"
import * as DT from "../DT.ts"
import * as IS from "../IS.ts"
import * as PersonName from "../PersonName.ts"
import * as Tag from "../Tag.ts"
import * as TM from "../TM.ts"
import * as Uid from "../Uid.ts"
import type { Vr } from "../Vr.ts"
import { DataSetNode } from "./dataSetTree.ts"
import type { DataSet } from "../DataSet.ts"
import { brokenRule, formOf, permits } from "./valueBytes.ts"

const isDataSet = (u: unknown): u is DataSet => u instanceof DataSetNode

/** A data set or an item, as it is. */
export const dataSet: Schema.Codec<DataSet> = Schema.declare(isDataSet, { identifier: "DataSet" })

const text = (vr: Vr, source: string): Schema.Codec<string> =>
  Schema.String.check(
    Schema.makeFilter(
      (value: string) => {
        const rule = brokenRule(vr, value)
        return rule === undefined || `${JSON.stringify(value.slice(0, 80))} is not of VR ${vr}: permitted is ${rule}`
      },
      { expected: `a value of VR ${vr}`, arbitraryConstraint: { patterns: [{ source, flags: "" }] } }
    )
  )

const integer = (minimum: number, maximum: number): Schema.Codec<number> =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const bigint = (minimum: bigint, maximum: bigint): Schema.Codec<bigint> =>
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum, maximum }))

const words = "^[A-Za-z0-9]{1,8}( [A-Za-z0-9]{1,6})?$"
const bytes: Schema.Codec<unknown> = Schema.Uint8Array
const words16: Schema.Codec<unknown> = Schema.instanceOf(Uint16Array)
const number: Schema.Codec<unknown> = Schema.Number

/** One value of each VR. */
const schemas: { readonly [vr in Vr]: Schema.Codec<unknown> } = {
  AE: text("AE", words),
  AS: AS.AS,
  AT: Tag.Tag,
  CS: text("CS", "^[A-Z0-9_]{1,16}$"),
  DA: DA.DA,
  DS: DS.DS,
  DT: DT.DT,
  FD: number,
  FL: number,
  IS: IS.IS,
  LO: text("LO", words),
  LT: text("LT", words),
  OB: bytes,
  OD: Schema.instanceOf(Float64Array),
  OF: Schema.instanceOf(Float32Array),
  OL: Schema.instanceOf(Uint32Array),
  OV: Schema.instanceOf(BigUint64Array),
  OW: words16,
  PN: PersonName.PersonName,
  SH: text("SH", words),
  SL: integer(-0x80000000, 0x7fffffff),
  SQ: dataSet,
  SS: integer(-0x8000, 0x7fff),
  ST: text("ST", words),
  SV: bigint(-(2n ** 63n), 2n ** 63n - 1n),
  TM: TM.TM,
  UC: text("UC", words),
  UI: Uid.Uid,
  UL: integer(0, 0xffffffff),
  UN: bytes,
  UR: text("UR", "^[a-z]{1,8}:[a-z0-9/]{1,20}$"),
  US: integer(0, 0xffff),
  UT: text("UT", words),
  UV: bigint(0n, 2n ** 64n - 1n)
}

const isEncapsulated = (u: unknown): boolean =>
  typeof u === "object" && u !== null && "_tag" in u && u._tag === "Encapsulated"

const encapsulated = Schema.declare((u: unknown): u is unknown => isEncapsulated(u))

const several = (vm: string, of: Schema.Codec<unknown>): Schema.Codec<unknown> => {
  if (vm === "1") return of
  const count = Number(vm)
  const most = Number.isInteger(count) ? count : 12
  return Schema.Array(of).check(
    Schema.makeFilter((values) => permits(vm, values.length) || `${values.length} values; permitted: ${vm} (VM)`, {
      expected: `${vm} values`,
      arbitraryConstraint: { minLength: Number(vm.split("-")[0]), maxLength: most }
    })
  )
}

const ofVr = (vr: AttributeVr, vm: string): Schema.Codec<unknown> => {
  switch (vr) {
    case "OB or OW":
      return Schema.Union([bytes, words16, encapsulated])
    case "US or SS":
      return several(vm, integer(-0x8000, 0xffff))
    case "US or OW":
    case "US or SS or OW":
      return Schema.Union([several(vm, integer(-0x8000, 0xffff)), words16])
    case "SQ":
      return Schema.Array(dataSet)
    default:
      return formOf(vr)?.whole === true ? schemas[vr] : several(vm, schemas[vr])
  }
}

/** Whether an attribute's value is an array of no certain length. */
export const isSeveral = ({ vm, vr }: Attribute.Any): boolean =>
  vr !== "OB or OW" && (vr === "SQ" || !(Number.isInteger(Number(vm)) || formOf(vr)?.whole === true))

/** The schema of an attribute's value. */
export const valueSchema = <A extends Attribute.Any>(attribute: A): Schema.Codec<ValueOf<A>> =>
  // the cast: the tables above follow those of `Value`'s type
  ofVr(attribute.vr, attribute.vm) as unknown as Schema.Codec<ValueOf<A>>

// -----------------------------------------------------------------------------
// without the schema
// -----------------------------------------------------------------------------

const isSame = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) if (!isSame(Reflect.get(a, key), Reflect.get(b, key))) return false
  return true
}

/** Whether a value is text and numbers, in objects of objects at most: what can be written without harm. */
const isPlain = (value: unknown, depth = 2): boolean => {
  if (typeof value === "string" || typeof value === "number") return true
  if (typeof value !== "object" || value === null || depth === 0) return false
  for (const key of Object.keys(value)) if (!isPlain(Reflect.get(value, key), depth - 1)) return false
  return true
}

/** Whether a value of a VR is one of its schema, where that can be said in less time than the schema takes. */
const soundOf = (vr: string): ((value: unknown) => boolean) | undefined => {
  const form = formOf(vr)
  if (form?.text !== undefined) {
    return (value) => typeof value === "string" && brokenRule(form.vr, value) === undefined
  }
  const { format, parse } = form ?? {}
  if (format === undefined || parse === undefined) return undefined
  return (value) => {
    const text = isPlain(value) ? format(value) : undefined
    if (text === undefined) return false
    const again = parse(text)
    return Result.isSuccess(again) && isSame(again.success, value)
  }
}

/**
 * Whether a value is one of {@link valueSchema}'s, where that can be said in less time than the schema takes: `false`
 * leaves it to the schema. Nothing for VRs of which it cannot.
 */
export const isSound = (attribute: Attribute.Any): ((value: unknown) => boolean) | undefined => {
  const { vm, vr } = attribute
  const sound = soundOf(vr)
  if (sound === undefined || vm === "1" || formOf(vr)?.whole === true) return sound
  return (value) => Array.isArray(value) && permits(vm, value.length) && value.every(sound)
}

/** Whether what `AttributeValue.get` gives of an attribute needs no check: it was read by the rules of its VR. */
export const isReadAsIs = (attribute: Attribute.Any): boolean => formOf(attribute.vr)?.parse !== undefined

/** An array without values: as nothing as null is. */
export const isNothing = (value: unknown): boolean => Array.isArray(value) && value.length === 0
