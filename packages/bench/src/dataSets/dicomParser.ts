/**
 * dicom-parser, which cannot write, as a process: `node dicomParser.ts TASK`.
 */
import DicomParser from "dicom-parser"
import * as Made from "./Made.ts"
import * as Micros from "./Micros.ts"

Micros.print(process.argv[2], {
  "read-ct": () => {
    const bytes = Made.ct()
    return () => {
      const dataSet = DicomParser.parseDicom(bytes)
      return (dataSet.uint16("x00280010") ?? NaN) + (dataSet.elements["x7fe00010"]?.length ?? NaN)
    }
  },
  "read-identifier": () => {
    const bytes = Made.identifier()
    return () => {
      const dataSet = DicomParser.parseDicom(bytes, { TransferSyntaxUID: "1.2.840.10008.1.2" })
      let characters = 0
      for (const tag in dataSet.elements) characters += dataSet.string(tag)?.length ?? NaN
      return characters
    }
  }
})
