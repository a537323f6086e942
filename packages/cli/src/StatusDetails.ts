/**
 * What a peer says of a status beside it, the Error Comment above all (PS3.7 Annex C): as text, and as fields of JSON.
 *
 * @since 0.1.0
 */
import * as Tag from "@effect-dicom/data/Tag"
import type { ServiceError } from "@effect-dicom/services"

/**
 * As it follows a status in a sentence: ": disk on fire ((0010,0020))", or nothing.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (details: ServiceError.Details): string =>
  `${details.errorComment === undefined ? "" : `: ${details.errorComment}`}${formatTags(details)}`

/**
 * The elements in which the peer found an error, and the attributes that it did not recognize: " ((0010,0020), (0010,0030))", or
 * nothing.
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatTags = ({ attributeIdentifierList, offendingElement }: ServiceError.Details): string => {
  const tags = [...(offendingElement ?? []), ...(attributeIdentifierList ?? [])]
  return tags.length === 0 ? "" : ` (${tags.map((tag) => Tag.format(tag)).join(", ")})`
}

/**
 * The fields of an object that has the status.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fields {
  readonly errorComment?: string
  /** Tags such as "(0010,0020)". */
  readonly offendingElement?: ReadonlyArray<string>
  readonly errorId?: number
}

/**
 * What is said of it as fields; those that the peer has not sent are absent.
 *
 * @category formatting
 * @since 0.1.0
 */
export const toJson = ({ errorComment, errorId, offendingElement }: ServiceError.Details): Fields => ({
  ...(errorComment === undefined ? {} : { errorComment }),
  ...(offendingElement === undefined ? {} : { offendingElement: offendingElement.map((tag) => Tag.format(tag)) }),
  ...(errorId === undefined ? {} : { errorId })
})
