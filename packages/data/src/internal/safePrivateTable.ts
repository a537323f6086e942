/**
 * The safe private attributes of PS3.15 2026a Table E.3.10-1, all 479: creator, group, and elements within the block, a
 * range as its first and its last.
 */
import type { SafePrivate } from "../Deidentification.ts"

const rows: ReadonlyArray<readonly [creator: string, group: number, elements: string]> = [
  ["Philips PET Private Group", 0x7053, "00 09"],
  ["ELSCINT1", 0x00e1, "21 50"],
  ["ELSCINT1", 0x01e1, "26"],
  ["ELSCINT1", 0x01f1, "01 07 26-27"],
  ["GEMS_ACQU_01", 0x0019, "23-24 27 9e"],
  ["GEMS_PARM_01", 0x0043, "27 39 6f"],
  ["GEMS_HELIOS_01", 0x0045, "01-02"],
  ["GEMS_SERS_01", 0x0025, "07"],
  ["GEIIS PACS", 0x0903, "10-12"],
  [
    "Philips Imaging DD 001",
    0x2001,
    "01-0c 0e-1f 21-51 53-5a 5d-6b 6d-6f 71-77 79-8c 90-94 9a-9b 9d 9f a1-a5 c0-c3 c5-c7 ca-cb d0-df e9 f1-f7 f9 fb-fd ff"
  ],
  ["Philips Imaging DD 002", 0x2001, "01-40 50 52-53 57-58 5a 5c-5f 63-68 6b 71-75"],
  ["Philips Imaging DD 097", 0x2001, "01-08 0a-0b 0d-0f 12 17-1f 21-28 2a-32 36-3e 40-42 44-47 49-4c a1-a6 a8-ab"],
  ["Philips Imaging DD 129", 0x2001, "00-09"],
  ["Philips MR Imaging DD 001", 0x2005, "0d-0e"],
  ["Philips ST80i", 0x0025, "01"],
  ["SIEMENS MR HEADER", 0x0019, "0c-0e 27"],
  ["HOLOGIC, Inc.", 0x7e01, "01-02 10-12"],
  ["NQHeader", 0x0099, "01-02 04-05 10 20-21"],
  ["NQLeft", 0x0199, "01-16"],
  ["NQRight", 0x0299, "01-16"],
  ["SIEMENS Ultrasound SC2000", 0x0119, "00-09 10-13 21"],
  ["SIEMENS Ultrasound SC2000", 0x0129, "00 02-09 10-12 20-22 29-30"],
  ["SIEMENS Ultrasound SC2000", 0x0139, "01"],
  ["SIEMENS Ultrasound SC2000", 0x0149, "01-03"],
  ["SIEMENS Ultrasound SC2000", 0x7fd1, "01 09 10-11"],
  ["SIEMENS SYNGO ULTRA-SOUND TOYON DATA STREAMING", 0x7fd1, "01 09 10-11"]
]

export const safePrivateTable: ReadonlyArray<SafePrivate> = rows.flatMap(([creator, group, elements]) =>
  elements.split(" ").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map((digits) => Number.parseInt(digits, 16))
    return Array.from({ length: last - first + 1 }, (_, i): SafePrivate => ({ creator, group, element: first + i }))
  })
)
