/**
 * What DCMTK calls the transfer syntaxes, for those who look for these names in what `dcmdump` prints.
 *
 * @since 0.1.0
 */

const table: ReadonlyArray<readonly [uid: string, name: string, title: string]> = [
  ["1.2.840.10008.1.2", "LittleEndianImplicit", "Little Endian Implicit"],
  ["1.2.840.10008.1.2.1", "LittleEndianExplicit", "Little Endian Explicit"],
  ["1.2.840.10008.1.2.1.99", "DeflatedLittleEndianExplicit", "Deflated Explicit VR Little Endian"],
  ["1.2.840.10008.1.2.2", "BigEndianExplicit", "Big Endian Explicit"],
  ["1.2.840.10008.1.2.4.50", "JPEGBaseline", "JPEG Baseline"],
  ["1.2.840.10008.1.2.4.51", "JPEGExtended:Process2+4", "JPEG Extended, Process 2+4"],
  ["1.2.840.10008.1.2.4.52", "JPEGExtended:Process3+5", "JPEG Extended, Process 3+5"],
  [
    "1.2.840.10008.1.2.4.53",
    "JPEGSpectralSelection:Non-hierarchical:Process6+8",
    "JPEG Spectral Selection, Non-hierarchical, Process 6+8"
  ],
  [
    "1.2.840.10008.1.2.4.54",
    "JPEGSpectralSelection:Non-hierarchical:Process7+9",
    "JPEG Spectral Selection, Non-hierarchical, Process 7+9"
  ],
  [
    "1.2.840.10008.1.2.4.55",
    "JPEGFullProgression:Non-hierarchical:Process10+12",
    "JPEG Full Progression, Non-hierarchical, Process 10+12"
  ],
  [
    "1.2.840.10008.1.2.4.56",
    "JPEGFullProgression:Non-hierarchical:Process11+13",
    "JPEG Full Progression, Non-hierarchical, Process 11+13"
  ],
  ["1.2.840.10008.1.2.4.57", "JPEGLossless:Non-hierarchical:Process14", "JPEG Lossless, Non-hierarchical, Process 14"],
  ["1.2.840.10008.1.2.4.58", "JPEGLossless:Non-hierarchical:Process15", "JPEG Lossless, Non-hierarchical, Process 15"],
  ["1.2.840.10008.1.2.4.59", "JPEGExtended:Hierarchical:Process16+18", "JPEG Extended, Hierarchical, Process 16+18"],
  ["1.2.840.10008.1.2.4.60", "JPEGExtended:Hierarchical:Process17+19", "JPEG Extended, Hierarchical, Process 17+19"],
  [
    "1.2.840.10008.1.2.4.61",
    "JPEGSpectralSelection:Hierarchical:Process20+22",
    "JPEG Spectral Selection, Hierarchical, Process 20+22"
  ],
  [
    "1.2.840.10008.1.2.4.62",
    "JPEGSpectralSelection:Hierarchical:Process21+23",
    "JPEG Spectral Selection, Hierarchical, Process 21+23"
  ],
  [
    "1.2.840.10008.1.2.4.63",
    "JPEGFullProgression:Hierarchical:Process24+26",
    "JPEG Full Progression, Hierarchical, Process 24+26"
  ],
  [
    "1.2.840.10008.1.2.4.64",
    "JPEGFullProgression:Hierarchical:Process25+27",
    "JPEG Full Progression, Hierarchical, Process 25+27"
  ],
  ["1.2.840.10008.1.2.4.65", "JPEGLossless:Hierarchical:Process28", "JPEG Lossless, Hierarchical, Process 28"],
  ["1.2.840.10008.1.2.4.66", "JPEGLossless:Hierarchical:Process29", "JPEG Lossless, Hierarchical, Process 29"],
  [
    "1.2.840.10008.1.2.4.70",
    "JPEGLossless:Non-hierarchical-1stOrderPrediction",
    "JPEG Lossless, Non-hierarchical, 1st Order Prediction"
  ],
  ["1.2.840.10008.1.2.4.80", "JPEGLSLossless", "JPEG-LS Lossless"],
  ["1.2.840.10008.1.2.4.81", "JPEGLSLossy", "JPEG-LS Lossy (Near-lossless)"],
  ["1.2.840.10008.1.2.4.90", "JPEG2000LosslessOnly", "JPEG 2000 (Lossless only)"],
  ["1.2.840.10008.1.2.4.91", "JPEG2000", "JPEG 2000 (Lossless or Lossy)"],
  [
    "1.2.840.10008.1.2.4.92",
    "JPEG2000MulticomponentLosslessOnly",
    "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless only)"
  ],
  [
    "1.2.840.10008.1.2.4.93",
    "JPEG2000Multicomponent",
    "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless or Lossy)"
  ],
  ["1.2.840.10008.1.2.4.94", "JPIPReferenced", "JPIP Referenced"],
  ["1.2.840.10008.1.2.4.95", "JPIPReferencedDeflate", "JPIP Referenced Deflate"],
  ["1.2.840.10008.1.2.4.100", "MPEG2MainProfile@MainLevel", "MPEG2 Main Profile @ Main Level"],
  ["1.2.840.10008.1.2.4.101", "MPEG2MainProfile@HighLevel", "MPEG2 Main Profile @ High Level"],
  ["1.2.840.10008.1.2.4.102", "MPEG4HighProfile/Level4.1", "MPEG-4 AVC/H.264 High Profile / Level 4.1"],
  [
    "1.2.840.10008.1.2.4.103",
    "MPEG4BDcompatibleHighProfile/Level4.1",
    "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"
  ],
  [
    "1.2.840.10008.1.2.4.104",
    "MPEG4HighProfile/Level4.2For2DVideo",
    "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"
  ],
  [
    "1.2.840.10008.1.2.4.105",
    "MPEG4HighProfile/Level4.2For3DVideo",
    "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"
  ],
  ["1.2.840.10008.1.2.4.106", "MPEG4StereoHighProfile/Level4.2", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"],
  ["1.2.840.10008.1.2.4.107", "HEVCMainProfile/Level5.1", "HEVC/H.265 Main Profile / Level 5.1"],
  ["1.2.840.10008.1.2.4.108", "HEVCMain10Profile/Level5.1", "HEVC/H.265 Main 10 Profile / Level 5.1"],
  ["1.2.840.10008.1.2.5", "RLELossless", "RLE Lossless"]
]

let byUid: ReadonlyMap<string, readonly [uid: string, name: string, title: string]> | undefined

const find = (uid: string) => (byUid ??= new Map(table.map((row) => [row[0], row]))).get(uid)

/**
 * The name that stands for a UID: "LittleEndianExplicit". Nothing for one that DCMTK 3.6.7 does not know.
 *
 * @category formatting
 * @since 0.1.0
 */
export const nameOf = (uid: string): string | undefined => find(uid)?.[1]

/**
 * The name above a data set: "Little Endian Explicit". Nothing for one that DCMTK 3.6.7 does not know.
 *
 * @category formatting
 * @since 0.1.0
 */
export const titleOf = (uid: string): string | undefined => find(uid)?.[2]
