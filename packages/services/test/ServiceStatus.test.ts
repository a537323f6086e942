import * as Status from "@effect-dicom/protocol/Status"
import { assert, describe, it } from "@effect/vitest"
import * as Match from "effect/Match"
import { GeneralStatus, QueryRetrieve, ServiceStatus } from "../src/index.ts"

const Table = ServiceStatus.make({
  Success: ServiceStatus.success(),
  Continuing: ServiceStatus.pending(0xff00, "Matches are continuing"),
  Refused: ServiceStatus.failure([0xa700, 0xa7ff], "Refused"),
  Special: ServiceStatus.failure(0xa702, "Refused for a special reason"),
  Coerced: ServiceStatus.warning(0xb000, "Coerced")
})
type Table = ServiceStatus.Type<typeof Table>

describe("ServiceStatus", () => {
  it("a status of one code is made by its name", () => {
    assert.deepStrictEqual(Table.of.Special(), { _tag: "Special", class: "Failure", code: 0xa702 })
  })

  it("a status of a range is its first code unless another of the range is given", () => {
    assert.deepStrictEqual(Table.of.Refused(), { _tag: "Refused", class: "Failure", code: 0xa700 })
    assert.deepStrictEqual(Table.of.Refused(0xa7ff), { _tag: "Refused", class: "Failure", code: 0xa7ff })
    assert.deepStrictEqual(Table.of.Refused(0xa800), { _tag: "Refused", class: "Failure", code: 0xa700 })
  })

  it("a received status is the row of its code, the narrowest of several", () => {
    const from = (code: number) => ServiceStatus.fromStatus(Table, Status.fromCode(code))
    assert.deepStrictEqual(from(0xa701), { _tag: "Refused", class: "Failure", code: 0xa701 })
    assert.deepStrictEqual(from(0xa702), { _tag: "Special", class: "Failure", code: 0xa702 })
    assert.deepStrictEqual(from(0xff00), { _tag: "Continuing", class: "Pending", code: 0xff00 })
  })

  it("a received status that the table does not have keeps its class and its code", () => {
    const unlisted = ServiceStatus.fromStatus(Table, Status.fromCode(0x0110))
    assert.deepStrictEqual(unlisted, { _tag: "Unlisted", class: "Failure", code: 0x0110 })
    assert.strictEqual(ServiceStatus.meaning(Table, unlisted), "Processing failure")
  })

  it("a value is sent with its code", () => {
    assert.deepStrictEqual(ServiceStatus.toStatus(Table.of.Coerced()), { _tag: "Warning", code: 0xb000 })
    assert.deepStrictEqual(ServiceStatus.toStatus(Table.of.Success()), Status.success)
  })

  it("a meaning is the table's", () => {
    assert.strictEqual(ServiceStatus.meaning(Table, { code: 0xa702 }), "Refused for a special reason")
    assert.strictEqual(ServiceStatus.meaning(Table, { code: 0xc001 }), undefined)
  })

  it("the rows of each table have the class that PS3.7 Annex C gives their codes", () => {
    for (const rows of [...Object.values(GeneralStatus), Table.rows, QueryRetrieve.FindStatus.rows]) {
      for (const row of Object.values<ServiceStatus.Row>(rows)) {
        assert.strictEqual(Status.fromCode(row.first)._tag, row.class, row.meaning)
        assert.strictEqual(Status.fromCode(row.last)._tag, row.class, row.meaning)
      }
    }
  })

  it("the general statuses have the meanings of PS3.7 Annex C", () => {
    for (const rows of Object.values(GeneralStatus)) {
      for (const row of Object.values<ServiceStatus.Row>(rows)) {
        assert.strictEqual(Status.meaning(Status.fromCode(row.first)), row.meaning)
      }
    }
  })

  it("the values of a table are a closed union", () => {
    const say = Match.type<Table>().pipe(
      Match.tagsExhaustive({
        Success: ({ code }) => code,
        Continuing: ({ code }) => code,
        Refused: ({ code }) => code,
        Special: ({ code }) => code,
        Coerced: ({ code }) => code
      })
    )
    assert.strictEqual(say(Table.of.Refused(0xa703)), 0xa703)

    const unmatched = Match.type<Table>().pipe(
      // @ts-expect-error: Coerced is missing
      Match.tagsExhaustive({ Success: () => 0, Continuing: () => 0, Refused: () => 0, Special: () => 0 })
    )
    assert.strictEqual(unmatched(Table.of.Success()), 0)

    // @ts-expect-error: the table has no such status
    const absent: unknown = Table.of.Absent
    assert.strictEqual(absent, undefined)
    // @ts-expect-error: a status of one code takes none
    Table.of.Special(0xa703)
    // @ts-expect-error: the code of this status is A702H
    const wrong: Table = { _tag: "Special", class: "Failure", code: 0xa703 }
    assert.strictEqual(wrong.code, 0xa703)
  })
})
