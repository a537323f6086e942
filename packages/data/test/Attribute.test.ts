import { Attribute, DataSet, Dictionary, Tag, TransferSyntax } from "@effect-dicom/data"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

/** What is used of Vite. */
interface Vite {
  readonly build: (config: object) => Promise<{
    readonly output: ReadonlyArray<{ readonly type: "chunk"; readonly code: string } | { readonly type: "asset" }>
  }>
}

describe("Attribute", () => {
  it("has a constant for each keyword of the dictionary, and says of it what the dictionary does", () => {
    const constants: Readonly<Record<string, unknown>> = { ...Attribute }
    for (const entry of Dictionary.all()) {
      if (entry.keyword === "") continue
      const { keyword, vm, vr } = entry
      assert.deepEqual(
        constants[keyword],
        entry.pattern.includes("x")
          ? { pattern: entry.pattern, keyword, vr, vm }
          : { tag: Dictionary.tag(entry), keyword, vr, vm }
      )
    }
    const others = Object.keys(constants).filter((name) => Dictionary.fromKeyword(name) === undefined)
    assert.deepEqual(others.toSorted(), ["isPrivate", "makePrivate", "repeated"])
  })

  it("knows its VR and VM at compile time", () => {
    expectTypeOf(Attribute.PatientName).toEqualTypeOf<Attribute.Attribute<"PN", "1">>()
    expectTypeOf(Attribute.PixelSpacing).toEqualTypeOf<Attribute.Attribute<"DS", "2">>()
    expectTypeOf(Attribute.SmallestImagePixelValue).toEqualTypeOf<Attribute.Attribute<"US or SS", "1">>()
    expectTypeOf(Attribute.OverlayRows).toEqualTypeOf<Attribute.Repeating<"US", "1">>()
    // @ts-expect-error an attribute that repeats has no tag until it is said which
    assert.strictEqual(Attribute.OverlayRows.tag, undefined)
    // @ts-expect-error there is no such attribute
    expectTypeOf<(typeof Attribute)["PatientsName"]>().toBeUnknown()
  })

  it("repeats in even groups, or in elements", () => {
    const tag = (attribute: Attribute.Attribute) => Tag.format(attribute.tag)
    assert.strictEqual(tag(Attribute.repeated(Attribute.OverlayRows, 0)), "(6000,0010)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.OverlayRows, 1)), "(6002,0010)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.OverlayRows, 128)), "(6000,0010)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.SourceImageIDs, 5)), "(0020,3105)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.EscapeTriplet, 0x0ab)), "(1000,0AB0)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.RowsForNthOrderCoefficients, 2)), "(0028,0420)")
    assert.strictEqual(tag(Attribute.repeated(Attribute.ZonalMap, 0x1234)), "(1010,1234)")
    expectTypeOf(Attribute.repeated(Attribute.OverlayRows, 1)).toEqualTypeOf<Attribute.Attribute<"US", "1">>()
  })

  it("makes private attributes, of an odd group and a block's element", () => {
    const own = Attribute.makePrivate({
      creator: "ACME 1.1",
      group: 0x0008,
      element: 0x1042,
      keyword: "Anvil",
      vr: "LO",
      vm: "1-n"
    })
    assert.deepEqual(own, { creator: "ACME 1.1", group: 0x0009, element: 0x42, keyword: "Anvil", vr: "LO", vm: "1-n" })
    expectTypeOf(own).toEqualTypeOf<Attribute.Private<"LO", "1-n">>()
    assert.isTrue(Attribute.isPrivate(own))
    assert.isFalse(Attribute.isPrivate(Attribute.PatientName))
  })

  it("makes no private attribute in a group that PS3.5 section 7.1 forbids", () => {
    const own = { creator: "ACME 1.1", element: 0x42, keyword: "Anvil", vr: "LO", vm: "1" } as const
    // @ts-expect-error group 0003
    Attribute.makePrivate({ ...own, group: 0x0003 })
    // @ts-expect-error group FFFE, which becomes FFFF
    Attribute.makePrivate({ ...own, group: 0xfffe })
    const groups: ReadonlyArray<number> = [0x0001, 0x0006, 0x0007, 0xffff]
    for (const group of groups) {
      const anvil = Attribute.makePrivate({ ...own, group })
      const failed = DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), anvil, "heavy")
      assert.strictEqual(
        Result.isFailure(failed) ? failed.failure.rule : "none",
        "an odd group, but for 0001 to 0007 and FFFF (PS3.5 section 7.1)"
      )
    }
    const permitted = Attribute.makePrivate({ ...own, group: 0x0009 })
    const made = DataSet.with(DataSet.empty(TransferSyntax.ExplicitVRLittleEndian), permitted, "heavy")
    assert.isTrue(Result.isSuccess(made))
  })

  const ten = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "StudyDate",
    "Modality",
    "Rows",
    "Columns"
  ]

  const bundled = async (from: string, program: string): Promise<string> => {
    // Vite comes with Vitest, and is nobody else's dependency.
    const vitest = createRequire(import.meta.url).resolve("vitest/package.json")
    const vite: Vite = await import(pathToFileURL(createRequire(vitest).resolve("vite")).href)
    const entry = "\0entry"
    const built = await vite.build({
      configFile: false,
      logLevel: "silent",
      root: fileURLToPath(new URL("..", import.meta.url)),
      plugins: [
        {
          name: "entry",
          resolveId: (id: string) =>
            id === entry ? id : id === from ? fileURLToPath(import.meta.resolve(from)) : undefined,
          load: (id: string) => (id === entry ? program : undefined)
        }
      ],
      build: { write: false, minify: false, rolldownOptions: { input: entry, preserveEntrySignatures: "strict" } }
    })
    return built.output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("\n")
  }

  const keywordsIn = (code: string): ReadonlyArray<string> =>
    Dictionary.all()
      .map(({ keyword }) => keyword)
      .filter((keyword) => keyword !== "" && (code.includes(`"${keyword}"`) || code.includes(`\t${keyword}\n`)))
      .toSorted()

  const constants = ten.map((keyword) => `Attribute.${keyword}`).join(", ")

  for (const [from, importing] of [
    ["@effect-dicom/data/Attribute", "* as Attribute"],
    ["@effect-dicom/data", "{ Attribute }"]
  ] as const) {
    it(`is left out of a bundle where it is not used: of ${from}`, { timeout: 60_000 }, async () => {
      const code = await bundled(from, `import ${importing} from "${from}"\nexport default [${constants}]`)
      assert.deepEqual(keywordsIn(code), ten.toSorted())
      assert.isBelow(code.length, 4096)
    })
  }

  it("is left out of a bundle that reads data sets and their values", { timeout: 60_000 }, async () => {
    const code = await bundled(
      "@effect-dicom/data",
      `import { Attribute, DataSet } from "@effect-dicom/data"
      export const read = DataSet.read
      export const values = (dataSet) => [${constants}].map((attribute) => DataSet.get(dataSet, attribute))`
    )
    assert.deepEqual(keywordsIn(code), ten.toSorted())
  })
})
