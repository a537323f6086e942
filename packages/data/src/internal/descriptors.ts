/**
 * Descriptions without what may identify: words that the standard itself uses, or that tell of an examination, stay, and
 * so do short numbers; all else goes. A word that is known to identify goes even if it is one of those.
 */
import * as Result from "effect/Result"
import * as AttributeValue from "../AttributeValue.ts"
import * as DataSet from "../DataSet.ts"
import type { Clean } from "../Deidentification.ts"
import * as Dictionary from "../Dictionary.ts"
import { columnOf, rowOf } from "./confidentiality.ts"
import { withoutLast } from "./valueText.ts"

/** What examinations are described with, and the names of attributes do not say. */
const imaging = `
  abd abdo abdomen abdominal adc anat ankle ant aorta aortic ap arm arms art arterial ax axial bone brachial brain breast
  bolus cardiac carotid cerebral cervical chest clavicle coil colon contrast cor coronal coronary cr cranial cranium ct
  cta ctv cube ctac delayed dixon dti dual dwi dx dynamic echo ecg elbow epi extremity face facial fast fat femoral femur
  fiesta finger flair fmri foot fov fs fse ffe gad gated gd gre haste head heart hip humerus iac in iv kidney kidneys knee
  kub lat lateral leg legs lt left liver loc localizer localiser low dose lower lumbar lung lungs mammo map maps mediastinum
  mg mip mist mpr mpgr mprage mr mra mri mrv neck nerve nm noncon obl oblique opp orbit orbits out pa pancreas pd pelvic
  pelvis perf perfusion pet phase plain portal post posterior pre prone prostate pulmonary quick radius recon renal ri rib
  ribs right rt sacral sacrum sag sagittal scan scapula scout se sella series shoulder sinus sinuses skull slice slices
  soft space spgr spine spinal spleen ssfse stir stomach std supine survey swi tbone temporal test tfe thick thigh thin
  thoracic thorax thyroid tibia time tissue to tof tra trace trans transverse tse ulna upper us vascular vein venous vibe
  view volume wb whole window with without wo wrist xr
`

let vocabulary: ReadonlySet<string> | undefined

const read = (): ReadonlySet<string> => {
  const words = new Set<string>(imaging.split(/\s+/))
  for (const { name } of Dictionary.all()) {
    for (const word of name.toLowerCase().match(/[a-z]+/g) ?? []) if (word.length > 1) words.add(word)
  }
  return words
}

/** The words of identifying values, as {@link cleaned} wants them. */
const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)

/** A number of up to three digits, with a decimal or without, with a unit or without; or the name of a sequence. */
const isMeasure = (word: string): boolean =>
  /^(\d{1,3}([.,]\d{1,2})?(mm|cm|s|ms|sec|min|x|d|t)?|[btlcsrk]\d{1,2}[a-z]?)$/.test(word)

/** One value of text; nothing but its safe words, a space between each two. */
const cleaned = (text: string, identifying: ReadonlySet<string>): string => {
  const known = (vocabulary ??= read())
  const safe = text
    .split(/[^\p{L}\p{N}.,+*]+|[.,](?!\d)/u)
    .filter((word) => {
      const lower = word.toLowerCase()
      return word !== "" && (word === "+" || (!identifying.has(lower) && (known.has(lower) || isMeasure(lower))))
    })
    .join(" ")
    .replace(/^[ +]+/, "")
  return withoutLast(safe, " +")
}

/** Adds the words of a data set's values that identify: persons' names, and what the table lists and no option cleans. */
const collect = (dataSet: DataSet.DataSet, words: Set<string>): void => {
  const descriptors = columnOf("Clean Descriptors")
  for (const { items, tag, vr } of DataSet.elements(dataSet)) {
    if (items !== undefined) for (const item of DataSet.items(dataSet, tag) ?? []) collect(item, words)
    if (vr !== "PN" && vr !== "LO" && vr !== "SH" && vr !== "AE") continue
    if (vr !== "PN" && rowOf(tag)?.options[descriptors] !== "-") continue
    const text = AttributeValue.text(dataSet, tag)
    if (Result.isSuccess(text)) for (const word of wordsOf(text.success?.text ?? "")) words.add(word)
  }
}

/** Cleans short text; of long text it cannot say what it means. */
export const cleaner = (dataSet: DataSet.DataSet): Clean => {
  let words: Set<string> | undefined
  return (text, { vr }) => {
    if (vr === "LT" || vr === "ST" || vr === "UT") return undefined
    if (words === undefined) collect(dataSet, (words = new Set()))
    const identifying = words
    return text
      .split("\\")
      .map((value) => cleaned(value, identifying))
      .join("\\")
  }
}
