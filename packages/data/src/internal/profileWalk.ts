/** The walk through a data set and its items, in which each element becomes what the profile and its options say. */
import * as Result from "effect/Result"
import * as AttributeValue from "../AttributeValue.ts"
import * as DataElement from "../DataElement.ts"
import * as DataSet from "../DataSet.ts"
import type { Clean, DateOption, Done, Hash, NotDone, Option } from "../Deidentification.ts"
import * as Dictionary from "../Dictionary.ts"
import * as Latin1 from "../Latin1.ts"
import * as Tag from "../Tag.ts"
import type * as TagPath from "../TagPath.ts"
import * as UidRegistry from "../UidRegistry.ts"
import { putText } from "./attributeEditing.ts"
import { typeOf } from "./attributeTypes.ts"
import * as confidentiality from "./confidentiality.ts"
import { ascii, dummy, empty } from "./dummyValue.ts"
import { replaceAll } from "./elementReplacement.ts"
import type { Next } from "./elementReplacement.ts"
import { isTimeOfDay, movedDate } from "./movedDate.ts"
import { uidOf } from "./pseudonym.ts"
import type { Known, Safe } from "./safePrivate.ts"
import { itemsOf } from "./unknownSequence.ts"
import { isText, isVr } from "./valueBytes.ts"
import { withoutLast } from "./valueText.ts"

export interface State {
  readonly hash: Hash
  /** Of the outermost data set; of its IOD the types of attributes are. */
  readonly sopClass: string
  readonly options: ReadonlySet<Option>
  readonly dates: DateOption | "none"
  readonly days: number
  readonly clean: Clean
  readonly safe: Safe
  /** Those of the outermost data set that are none of the walk's business. */
  readonly replaced: ReadonlySet<Tag.Tag>
  readonly done: Array<Done>
  readonly notDone: Map<string, NotDone>
}

/** What an item is: like the outermost data set, content that is cleaned, or content of which only the form stays. */
type Mode = "listed" | "clean" | "dummy"

/** Adds a line to the report. */
export const note = (state: State, path: TagPath.TagPath, vr: string, action: Done["action"], rule: string): void => {
  const tag = path[path.length - 1]?.tag
  state.done.push({ path, keyword: tag === undefined ? "" : Dictionary.keyword(tag), vr, action, rule })
}

// -----------------------------------------------------------------------------
// which rule
// -----------------------------------------------------------------------------

/** An element that is met. */
interface Met {
  readonly dataSet: DataSet.DataSet
  readonly element: DataElement.DataElement
  readonly path: TagPath.TagPath
  readonly keyword: string
  /** Its VR; of UN that of the dictionary, which is the first where there is a choice. */
  readonly vr: string
  /** What is known of a private one that stays. */
  readonly known: Known | undefined
}

const itemTag = [0xfe, 0xff, 0x00, 0xe0]

/** A UID of five components or more, or several: with fewer it may be a number, or a version. */
const likeUids = /^[0-2](\.\d+){4,}(\\[0-2](\.\d+){4,})*$/

/** The VR of a value of VR UN that nothing else tells: what begins as an item is a sequence, and what looks like a UID is one. */
const seenVr = ({ bytes }: DataElement.DataElement): string =>
  bytes === undefined
    ? "UN"
    : itemTag.every((byte, i) => bytes[i] === byte)
      ? "SQ"
      : bytes.length <= longestUids && likeUids.test(latin(bytes))
        ? "UI"
        : "UN"

/** In bytes: what is longer is not taken for UIDs. */
const longestUids = 1 << 16

const vrOf = (element: DataElement.DataElement, inDictionary: string | undefined, known: Known | undefined): string => {
  if (element.items !== undefined || inDictionary === "SQ") return "SQ"
  if (element.vr !== "UN") return element.vr
  return inDictionary ?? known?.vr?.slice(0, 2) ?? (known === undefined ? "UN" : seenVr(element))
}

/** (0008,0001), retired: how many bytes follow. */
const lengthToEnd = Tag.make(0x0008, 0x0001)

const remove = (source: string): confidentiality.Rule => ({ action: "X", otherwise: "X", source })

const ruleOf = (state: State, met: Met, mode: Mode): confidentiality.Rule => {
  const { dataSet, keyword, path, vr } = met
  const { tag } = met.element
  if (Tag.element(tag) === 0 || tag === lengthToEnd) return remove("a length, which would be wrong")
  if (Tag.isPrivate(tag)) {
    const { known } = met
    if (known === undefined) return remove("Basic Profile: X (private)")
    return vr === "UN" && met.element.bytes === undefined
      ? remove("Retain Safe Private Option: C, of a value that is elsewhere and of no known VR")
      : confidentiality.safePrivate(vr, known.action, state)
  }
  const row = confidentiality.rowOf(tag)
  if (row === undefined) {
    if (Dictionary.find(tag) === undefined) return remove("not in the dictionary, so not known to be safe")
    if (path.length === 1 && isOfOverlay(tag) && DataSet.element(dataSet, overlayData(tag)) !== undefined) {
      return remove("of an overlay whose data is removed")
    }
  }
  const rule =
    row === undefined
      ? confidentiality.unlisted(keyword, judgedBy(met), { ...state, cleans: mode === "clean" })
      : confidentiality.ruleOf(row, state.options, path.length === 1 ? typeOf(state.sopClass, tag) : undefined)
  if (rule.action === "C" && (isOfOverlay(tag) || isOfCurve(tag)) && vr !== "LT" && vr !== "LO") {
    state.notDone.set("Clean Graphics", {
      option: "Clean Graphics",
      detail: "overlays and curves were removed: they are pixels and points, not text"
    })
    return remove(`${rule.source}, which needs eyes: X`)
  }
  if (mode !== "dummy" || (rule.action === "K" && row !== undefined)) return rule
  if (vr === "CS" || vr === "AT" || vr === "SQ" || (vr === "UI" && rule.action === "K")) {
    return rule.action === "C" || rule.action === "K"
      ? { action: "K", otherwise: "K", source: "the form of a sequence with action D" }
      : rule
  }
  return rule.action === "C" || rule.action === "K"
    ? { action: "D", otherwise: "D", source: "in a sequence with action D" }
    : rule
}

/** VRs that say what a value gives away, whatever else the dictionary has. */
const telling = new Set(["DA", "DT", "PN", "SQ", "TM", "UI"])

/** The VR that decides what an attribute without a row may give away: as written, or of the dictionary. */
const judgedBy = ({ element, vr }: Met): string =>
  telling.has(vr) ? vr : (Dictionary.find(element.tag)?.vr.slice(0, 2) ?? vr)

const isOfCurve = (tag: Tag.Tag): boolean => (Tag.group(tag) & 0xff00) === 0x5000

const isOfOverlay = (tag: Tag.Tag): boolean => (Tag.group(tag) & 0xff00) === 0x6000

const overlayData = (tag: Tag.Tag): Tag.Tag => Tag.make(Tag.group(tag), 0x3000)

// -----------------------------------------------------------------------------
// values
// -----------------------------------------------------------------------------

/** What becomes of an element: another in its place, none, or what it is. */
type Outcome = DataElement.DataElement | "removed" | "kept"

/** Characters of the default repertoire; enough for UIDs and dates. */
export const latin = (bytes: Uint8Array = new Uint8Array(0)): string => withoutLast(Latin1.decode(bytes), "\0 ")

const mapped = (state: State, text: string): string =>
  text
    .split("\\")
    .map((value) => value.trim())
    // those of the standard are the same for everybody; what only begins like them is not
    .map((value) => (value === "" || UidRegistry.find(value) !== undefined ? value : uidOf(state.hash, value)))
    .join("\\")

const cleanedOf = (state: State, met: Met): DataElement.DataElement | undefined => {
  const { dataSet, element, keyword, vr } = met
  const { tag } = element
  const text = AttributeValue.text(dataSet, tag)
  const attribute = { tag, keyword, vr: element.vr }
  if (Result.isFailure(text) || text.success === undefined || !isVr(vr) || !(isText(vr) || vr === "CS"))
    return undefined
  const clean = state.clean(text.success.text, attribute)
  if (clean === undefined || clean.replaceAll("\\", "").trim() === "") return undefined
  const put = putText(dataSet, { tag, keyword, vr, vm: "1-n" }, clean)
  return Result.isSuccess(put) ? DataSet.element(put.success, tag) : undefined
}

const value = (state: State, met: Met, rule: confidentiality.Rule): Outcome => {
  const { element, keyword, path } = met
  const { bytes, tag } = element
  const vr = element.vr === "UN" || met.vr === "SQ" ? met.vr : element.vr
  const say = (action: Done["action"], source: string = rule.source): void =>
    note(state, path, element.vr, action, source)
  switch (rule.action) {
    case "X":
      say("removed")
      return "removed"
    case "Z":
      say("emptied")
      return empty(tag, vr)
    case "D":
      say("replaced")
      return vr === "SQ" ? empty(tag, vr) : dummy(tag, vr, bytes?.length ?? 0)
    case "U": {
      if (bytes === undefined) {
        say("removed", `${rule.source}, of a value that is elsewhere`)
        return "removed"
      }
      const text = latin(bytes)
      const uids = mapped(state, text)
      if (uids === text) {
        say("kept", text === "" ? "empty" : "a UID of the standard")
        return "kept"
      }
      say("UID mapped")
      return ascii(tag, vr, uids)
    }
    case "K":
      say("kept")
      return "kept"
    case "C": {
      if (bytes?.length === 0) {
        say("kept", "empty")
        return "kept"
      }
      const isTime = met.vr === "DA" || met.vr === "DT" || met.vr === "TM"
      const isOfDay = keyword === "TimezoneOffsetFromUTC" || met.vr === "TM"
      if (isOfDay && bytes !== undefined && isTimeOfDay(met.vr, latin(bytes))) {
        say("kept", `${rule.source}; days are moved, not times of day`)
        return "kept"
      }
      const moved = isTime && !isOfDay && bytes !== undefined ? movedDate(met.vr, latin(bytes), state.days) : undefined
      if (moved !== undefined) {
        say("date moved")
        return ascii(tag, vr, moved)
      }
      const clean = isTime || isOfDay ? undefined : cleanedOf(state, met)
      if (clean === undefined) {
        const source = `${rule.source}, which it could not be: ${rule.otherwise}`
        return value(state, met, { ...rule, action: rule.otherwise, source })
      }
      say("cleaned")
      return clean
    }
  }
}

// -----------------------------------------------------------------------------
// data sets
// -----------------------------------------------------------------------------

/** The items of a sequence, also of one in a value of VR UN; nothing where they cannot be read. */
const itemsIn = ({ dataSet, element }: Met): ReadonlyArray<DataSet.DataSet> | undefined => {
  if (element.items !== undefined) return DataSet.items(dataSet, element.tag)
  const read = element.bytes === undefined ? undefined : itemsOf(dataSet, element.bytes)
  return read !== undefined && Result.isSuccess(read) ? read.success : undefined
}

/** Walks through a data set, or an item. */
export const walk = (state: State, dataSet: DataSet.DataSet, above: TagPath.TagPath, mode: Mode): DataSet.DataSet => {
  const knownOf = state.safe.in(dataSet)
  const seen = new Set<Tag.Tag>()
  const next = new Map<DataElement.DataElement, Next>()
  for (const element of DataSet.elements(dataSet)) {
    const { tag } = element
    const path = [...above, { tag }]
    if (seen.has(tag)) {
      next.set(element, "nothing")
      note(state, path, element.vr, "removed", "its tag is there before")
      continue
    }
    seen.add(tag)
    if (above.length === 0 && state.replaced.has(tag)) continue
    const entry = Tag.isPrivate(tag) ? undefined : Dictionary.find(tag)
    const known = Tag.isPrivate(tag) ? knownOf(tag) : undefined
    const vr = vrOf(element, entry?.vr.slice(0, 2), known)
    const met: Met = { dataSet, element, path, keyword: entry?.keyword ?? "", vr, known }
    const rule = ruleOf(state, met, mode)
    const { action } = rule
    if (vr !== "SQ" || action === "X" || action === "Z") {
      const outcome = value(state, met, rule)
      if (outcome === "removed") next.set(element, "nothing")
      else if (outcome !== "kept") next.set(element, outcome)
      continue
    }
    const items = itemsIn(met)
    if (items === undefined) {
      note(state, path, element.vr, "removed", "a sequence that cannot be read")
      next.set(element, "nothing")
      continue
    }
    note(state, path, element.vr, action === "D" ? "replaced" : action === "C" ? "cleaned" : "kept", rule.source)
    const inner: Mode = action === "D" ? "dummy" : action === "C" && mode !== "dummy" ? "clean" : mode
    const before = inner === "dummy" ? items.slice(0, 1) : items
    const after = before.map((item, i) => walk(state, item, [...above, { tag, item: i + 1 }], inner))
    if (before.length === items.length && after.every((item, i) => item === before[i])) continue
    const isNew = element.items === undefined || before.length < items.length
    next.set(element, isNew ? DataElement.sequence(tag, after) : { items: after })
  }
  return replaceAll(dataSet, next)
}
