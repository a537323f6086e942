/**
 * What a response says of its status, both ways.
 */
import type { Tag } from "@effect-dicom/data/Tag"
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
    : {})
})

/** Error Comment is a Long String of at most 64 characters. */
const comment = (text: string): string => text.replaceAll("\\", "/").trim().slice(0, 64).trimEnd()

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
    default:
      return { ...response, ...common }
  }
}
