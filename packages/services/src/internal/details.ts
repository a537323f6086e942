/**
 * What a response says of its status, both ways.
 */
import type { Tag } from "@effect-dicom/data/Tag"
import type * as C_GET from "@effect-dicom/protocol/C_GET"
import type * as C_MOVE from "@effect-dicom/protocol/C_MOVE"
import type * as Command from "@effect-dicom/protocol/Command"
import type { Details } from "../ServiceError.ts"

/** The tags of a command's field. */
export const tags = <T extends ReadonlyArray<number> | undefined>(
  numbers: T
): ReadonlyArray<Tag> | Extract<T, undefined> =>
  // the cast: the field's schema admits only numbers that are tags
  numbers as ReadonlyArray<unknown> as ReadonlyArray<Tag> | Extract<T, undefined>

/** What a response says. */
export const details = (response: Command.Response): Details => ({
  ...(response.errorComment === undefined ? {} : { errorComment: response.errorComment }),
  ...(response.offendingElement === undefined ? {} : { offendingElement: tags(response.offendingElement) }),
  ...(response.errorId === undefined ? {} : { errorId: response.errorId }),
  ...("attributeIdentifierList" in response && response.attributeIdentifierList !== undefined
    ? { attributeIdentifierList: tags(response.attributeIdentifierList) }
    : {}),
  ...(response._tag === "C-GET-RSP" || response._tag === "C-MOVE-RSP" ? subOperations(response) : {})
})

const subOperations = (response: C_GET.RSP | C_MOVE.RSP): Pick<Details, "subOperations"> => {
  const { numberOfCompletedSuboperations: completed, numberOfRemainingSuboperations: remaining } = response
  const { numberOfFailedSuboperations: failed, numberOfWarningSuboperations: warning } = response
  return completed === undefined && failed === undefined && warning === undefined
    ? {}
    : {
        subOperations: {
          ...(remaining === undefined ? {} : { remaining }),
          completed: completed ?? 0,
          failed: failed ?? 0,
          warning: warning ?? 0
        }
      }
}

/** Error Comment is a Long String: at most 64 characters, of ISO 8859-1, none of them a control character. */
const comment = (text: string): string =>
  text
    .replaceAll("\\", "/")
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[^\x20-\xff]/gu, "?")
    .trim()
    .slice(0, 64)
    .trimEnd()

/** As many sub-operations as a response can count; of more it says that there are this many. */
const countable = (count: number): number => Math.min(count, 0xffff)

/** A response that says so. */
export const detailed = (response: Command.Response, said: Details): Command.Response => {
  const [offending, ...otherOffending] = said.offendingElement ?? []
  const [attribute, ...otherAttributes] = said.attributeIdentifierList ?? []
  const errorComment = comment(said.errorComment ?? "")
  const common: Partial<Command.Response> = {
    ...(errorComment === "" ? {} : { errorComment }),
    ...(offending === undefined ? {} : { offendingElement: [offending, ...otherOffending] }),
    ...(said.errorId === undefined ? {} : { errorId: said.errorId })
  }
  switch (response._tag) {
    case "N-GET-RSP":
    case "N-SET-RSP":
    case "N-CREATE-RSP":
      return attribute === undefined
        ? { ...response, ...common }
        : { ...response, ...common, attributeIdentifierList: [attribute, ...otherAttributes] }
    case "C-GET-RSP":
    case "C-MOVE-RSP": {
      const { subOperations } = said
      return subOperations === undefined
        ? { ...response, ...common }
        : {
            ...response,
            ...common,
            ...(subOperations.remaining === undefined
              ? {}
              : { numberOfRemainingSuboperations: countable(subOperations.remaining) }),
            numberOfCompletedSuboperations: countable(subOperations.completed),
            numberOfFailedSuboperations: countable(subOperations.failed),
            numberOfWarningSuboperations: countable(subOperations.warning)
          }
    }
    default:
      return { ...response, ...common }
  }
}
