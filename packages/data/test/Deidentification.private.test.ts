import { Attribute, DataElement, DataSet, DataSetReader, Deidentification, Tag } from "@effect-dicom/data"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import {
  actionOf,
  ascii,
  dataSetOf,
  element,
  empty,
  hash,
  itemsOf,
  latin,
  run,
  syntax,
  textOf,
  unknownItem
} from "./deidentifying.ts"
import * as RealFiles from "./realFiles.ts"

const Anvil = Attribute.makePrivate({
  creator: "ACME",
  group: 0x0019,
  element: 0x10,
  keyword: "Anvil",
  vr: "LO",
  vm: "1"
})

const privates = dataSetOf(
  element(0x00190010, "LO", "ACME"),
  element(0x00190011, "LO", "OTHER"),
  element(0x00191010, "LO", "heavy"),
  element(0x00191011, "LO", "of Anne"),
  element(0x00191110, "LO", "of Anne")
)

const declaring = (status: string, ...elements: ReadonlyArray<number>): DataSet.DataSet =>
  DataSet.set(
    privates,
    DataElement.sequence(Attribute.PrivateDataElementCharacteristicsSequence.tag, [
      Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.PrivateGroupReference, 0x0019],
          [Attribute.PrivateCreatorReference, "ACME"],
          [Attribute.BlockIdentifyingInformationStatus, status],
          [Attribute.NonidentifyingPrivateElements, elements.length === 0 ? null : elements]
        ])
      )
    ])
  )

const privateTags = (dataSet: DataSet.DataSet): ReadonlyArray<string> =>
  DataSet.elements(dataSet)
    .filter(({ tag }) => Tag.isPrivate(tag))
    .map(({ tag }) => Tag.format(tag))

describe("private attributes", () => {
  const retain = { options: ["Retain Safe Private"] } as const

  it("are removed, their creators too, and in items", () => {
    const result = run(
      DataSet.set(privates, DataElement.sequence(Attribute.PredecessorDocumentsSequence.tag, [privates]))
    )
    assert.deepStrictEqual(privateTags(result.dataSet), [])
    assert.deepStrictEqual(itemsOf(result.dataSet, Attribute.PredecessorDocumentsSequence).map(privateTags), [[]])
    assert.strictEqual(actionOf(result, "(0019,1010)"), "removed; Basic Profile: X (private)")
    assert.deepStrictEqual(privateTags(run(privates, retain).dataSet), [])
  })

  it("stay with their creators where the caller knows that they are safe", () => {
    const some = run(privates, { ...retain, safePrivate: [Anvil] })
    assert.deepStrictEqual(privateTags(some.dataSet), ["(0019,0010)", "(0019,1010)"])
    const all = run(privates, { ...retain, safePrivate: [{ creator: "ACME", group: 0x0019 }] })
    assert.deepStrictEqual(privateTags(all.dataSet), ["(0019,0010)", "(0019,1010)", "(0019,1011)"])
    assert.deepStrictEqual(privateTags(run(privates, { safePrivate: [Anvil] }).dataSet), [])
  })

  it("stay where PS3.15 Table E.3.10-1 lists them: of a creator, in a group, by the element in the block", () => {
    const mixed = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      element(0x00190011, "LO", "SIEMENS MR HEADER"),
      element(0x0019100c, "IS", "1000"),
      element(0x0019110b, "LO", "no row"),
      element(0x0019110c, "IS", "1000"),
      element(0x00191127, "LO", "B matrix"),
      element(0x20010010, "LO", "SIEMENS MR HEADER"),
      element(0x2001100c, "IS", "1000"),
      element(0x70530012, "LO", "Philips PET Private Group "),
      element(0x70531200, "DS", "0.5"),
      element(0x70531201, "DS", "0.5")
    )
    const kept = ["(0019,0011)", "(0019,110C)", "(0019,1127)", "(7053,0012)", "(7053,1200)"]
    const result = run(mixed, retain)
    assert.deepStrictEqual(privateTags(result.dataSet), kept)
    assert.strictEqual(actionOf(result, "(0019,110C)"), "kept; Retain Safe Private Option: C")
    assert.deepStrictEqual(privateTags(run(mixed).dataSet), [])
  })

  it("stay where the data set says so in (0008,0300)", () => {
    const kept = (dataSet: DataSet.DataSet) => privateTags(run(dataSet, retain).dataSet)
    assert.deepStrictEqual(kept(declaring("SAFE")), ["(0019,0010)", "(0019,1010)", "(0019,1011)"])
    assert.deepStrictEqual(kept(declaring("MIXED", 0x10)), ["(0019,0010)", "(0019,1010)"])
    assert.deepStrictEqual(kept(declaring("UNSAFE", 0x10)), [])
  })
})

describe("private attributes that stay", () => {
  const safe = [{ creator: "ACME", group: 0x0019 }]
  const retain = { options: ["Retain Safe Private"], safePrivate: safe } as const
  const telling = dataSetOf(
    element(0x00190010, "LO", "ACME"),
    element(0x00191001, "UI", "1.2.3"),
    element(0x00191002, "UI", "1.2.840.10008.5.1.4.1.1.2"),
    element(0x00191003, "PN", "SMITH^ANNE"),
    element(0x00191004, "DA", "20240229"),
    element(0x00191005, "DT", "20240229120000"),
    element(0x00191006, "TM", "1200"),
    element(0x00191007, "LO", "heavy")
  )
  const became = (settings: Omit<Deidentification.Settings, "hash">, dataSet: DataSet.DataSet = telling) =>
    DataSet.elements(run(dataSet, settings).dataSet)
      .filter(({ tag }) => Tag.isPrivate(tag))
      .slice(1)
      .map(({ bytes }) => latin(bytes))
  const uid = Deidentification.mapUid(hash, "1.2.3")
  const standard = "1.2.840.10008.5.1.4.1.1.2"

  it("are UIDs, dates and names no less than others: C of Table E.1-1 is to clean", () => {
    const plain = run(telling, retain)
    const dummies = ["19000101", "19000101000000", "000000"]
    assert.deepStrictEqual(became(retain), [uid, standard, "REMOVED", ...dummies, "heavy"])
    assert.deepStrictEqual(
      ["01", "02", "03", "04", "07"].map((element) => actionOf(plain, `(0019,10${element})`)),
      [
        "UID mapped; Retain Safe Private Option: C; a UID",
        "kept; a UID of the standard",
        "replaced; Retain Safe Private Option: C; a person's name",
        "replaced; Retain Safe Private Option: C; a date or a time",
        "kept; Retain Safe Private Option: C"
      ]
    )
    assert.deepStrictEqual(became({ ...retain, dates: "modified", days: -1 }).slice(3, 6), [
      "20240228",
      "20240228120000",
      "1200"
    ])
    const all = became({ ...retain, options: [...retain.options, "Retain UIDs"], dates: "full" })
    assert.deepStrictEqual(all, ["1.2.3", standard, "REMOVED", "20240229", "20240229120000", "1200", "heavy"])
  })

  it("are known by their VR where the caller says it, and seen to be UIDs or sequences where nobody does", () => {
    const unknown = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      element(0x00191001, "UN", "1.2.3"),
      element(0x00191002, "UN", "1.2.3.4.5"),
      element(0x00191003, "UN", "1.2.3.4"),
      element(0x00191004, "UN", "20240229"),
      DataElement.value(Tag.make(0x0019, 0x1005), "UN", unknownItem),
      DataElement.value(Tag.make(0x0019, 0x1006), "UN", RealFiles.join([unknownItem.subarray(0, 12), ascii("ANNE")]))
    )
    const result = run(unknown, {
      ...retain,
      safePrivate: [
        ...safe,
        { creator: "ACME", group: 0x0019, element: 0x01, vr: "UI" },
        { creator: "ACME", group: 0x0019, element: 0x04, vr: "DA" }
      ]
    })
    const valueOf = (element: number) => latin(DataSet.element(result.dataSet, Tag.make(0x0019, element))?.bytes)
    assert.strictEqual(valueOf(0x1001), uid)
    assert.strictEqual(valueOf(0x1002), Deidentification.mapUid(hash, "1.2.3.4.5"))
    assert.strictEqual(valueOf(0x1003), "1.2.3.4")
    assert.strictEqual(valueOf(0x1004), "19000101")
    const [item = empty] = DataSet.items(result.dataSet, Tag.make(0x0019, 0x1005)) ?? []
    assert.strictEqual(textOf(item, Attribute.PatientName), "")
    assert.strictEqual(textOf(item, Attribute.ReferencedSOPInstanceUID), uid)
    assert.strictEqual(actionOf(result, "(0019,1006)"), "removed; a sequence that cannot be read")
  })

  it("have items whose elements become what they do elsewhere", () => {
    const nested = dataSetOf(
      element(0x00190010, "LO", "ACME"),
      DataElement.sequence(Tag.make(0x0019, 0x1001), [DataSet.set(telling, element(0x00100010, "PN", "SMITH^ANNE"))])
    )
    const [item = empty] = DataSet.items(run(nested, retain).dataSet, Tag.make(0x0019, 0x1001)) ?? []
    assert.strictEqual(textOf(item, Attribute.PatientName), "")
    assert.strictEqual(latin(DataSet.element(item, Tag.make(0x0019, 0x1001))?.bytes), uid)
  })

  it("are not kept where their value is elsewhere and has no known VR", () => {
    const bytes = DataSet.toBytes(
      dataSetOf(
        element(0x00190010, "LO", "ACME"),
        element(0x00191001, "UN", "1234".repeat(100)),
        element(0x00191002, "OB", "1234".repeat(100)),
        element(0x00191003, "UN", "1234".repeat(100))
      )
    )
    const reader = DataSetReader.make({ transferSyntax: syntax, bulk: { threshold: 256 } })
    Result.getOrThrow(reader.push(bytes))
    const { dataSet, done } = Result.getOrThrow(
      Deidentification.deidentify(Result.getOrThrow(reader.end()), {
        hash,
        ...retain,
        safePrivate: [...safe, { creator: "ACME", group: 0x0019, element: 0x03, vr: "OB" }]
      })
    )
    assert.deepStrictEqual(
      DataSet.elements(dataSet).flatMap(({ _tag, tag }) => (Tag.isPrivate(tag) ? [[Tag.format(tag), _tag]] : [])),
      [
        ["(0019,0010)", "Value"],
        ["(0019,1002)", "Referenced"],
        ["(0019,1003)", "Referenced"]
      ]
    )
    assert.strictEqual(
      done.find(({ action }) => action === "removed")?.rule,
      "Retain Safe Private Option: C, of a value that is elsewhere and of no known VR"
    )
  })

  it("become what the data set recommends in (0008,0305), where it is not to remove them", () => {
    const actionFor = (action: string, element: number) =>
      Result.getOrThrow(
        DataSet.withAll(empty, [
          [Attribute.IdentifyingPrivateElements, [element]],
          [Attribute.DeidentificationAction, action]
        ])
      )
    const characteristics = Result.getOrThrow(
      DataSet.withAll(empty, [
        [Attribute.PrivateGroupReference, 0x0019],
        [Attribute.PrivateCreatorReference, "ACME"],
        [Attribute.BlockIdentifyingInformationStatus, "UNSAFE"],
        [
          Attribute.DeidentificationActionSequence,
          [actionFor("U", 0x01), actionFor("D", 0x04), actionFor("X", 0x05), actionFor("Z", 0x07)]
        ]
      ])
    )
    const declared = DataSet.set(
      telling,
      DataElement.sequence(Attribute.PrivateDataElementCharacteristicsSequence.tag, [characteristics])
    )
    const options = ["Retain Safe Private"] as const
    assert.deepStrictEqual(became({ options }, declared), [uid, "19000101", ""])
    assert.strictEqual(
      actionOf(run(declared, { options }), "(0019,1007)"),
      "emptied; Retain Safe Private Option, with (0008,0307): Z"
    )
    assert.deepStrictEqual(became({ options: [...options, "Retain UIDs"] }, declared), ["1.2.3", "19000101", ""])
    assert.deepStrictEqual(became({}, declared), [])
  })
})
