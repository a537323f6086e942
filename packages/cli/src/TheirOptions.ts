/**
 * The options of DCMTK and pynetdicom that are not options here, and what is: for whoever types them out of habit. All of
 * them are in OPTIONS.md.
 *
 * @since 0.1.0
 */

const asTheyCome = "nothing: what comes is kept byte for byte, and dicom convert makes another of it"
const folders = "nothing: folders are searched as they are, folders within them too"
const invented = "dicom anonymize, before"
const named = "nothing: files are named by SOP Instance UID"
const run = "--verbose --json, which prints what is stored for a program to read"
const suites = "nothing: the suites and groups are those of --tls-profile"
const randomness = "nothing: randomness is the system's"
const retired = "nothing: that profile is retired"
const verified = "nothing: openssl verify checks a certificate without a connection"
const testing = "nothing: it is for testing"
const always = "nothing: it is always so"

/** What is here, by the names of an option. A name of theirs that is one here too is told of where a subcommand has it not. */
const rows: ReadonlyArray<readonly [names: string, here: string]> = [
  ["-aet --calling-aet --ae-title", "--aetitle"],
  ["-aec --called-aet", "--call"],
  ["-aem --move --move-aet --store-aet", "--destination"],
  ["-d --debug", "--log-level debug"],
  ["-ll", "--log-level"],
  ["-lc --log-config", "nothing: log lines go to stderr, with --json as objects"],
  ["+v --verbose-pc", "--verbose"],
  ["--arguments", "nothing: there is no file of arguments to expand"],
  ["-to", "--timeout"],
  ["-ta", "--acse-timeout"],
  ["-td", "--dimse-timeout"],
  ["-ts --socket-timeout --network-timeout", "nothing of its own: each deadline of the association counts"],
  ["-tn --timenames", "nothing: each deadline of the association counts, and files are named by SOP Instance UID"],
  ["-pdu", "--max-pdu"],
  ["+cl --compression-level", "nothing: what is deflated is deflated at level 6"],
  ["+u --enable-new-vr -u --disable-new-vr", "nothing: no VR is made into another"],
  ["-up --uid-padding -dhl --disable-host-lookup -R --required -cx --required-contexts --single-context", always],
  ["+C --combine --single-process", always],
  ["-usr", "--user"],
  ["-pwd", "--password, --password-file or DICOM_PASSWORD"],
  ["-epw --empty-password", '--password ""'],
  ["-kt", "--kerberos"],
  ["-rsp --pos-response", "--positive-response"],
  ["-tls --disable-tls", "nothing: without --tls there is none"],
  ["+tls --enable-tls", "--tls, with --key and --cert"],
  ["+tla --anonymous-tls", "--tls"],
  ["+ps --std-passwd +pw --use-passwd -pw --null-passwd", "--key-password-file"],
  ["-pem --pem-keys", always],
  ["-der --der-keys", "nothing: openssl x509 and openssl pkey make PEM of it, with -inform der"],
  ["+cf --add-cert-file", "--cafile"],
  ["+cd --add-cert-dir", "--cafile, with all of them in one file"],
  ["+crl --add-crl-file +crv --enable-crl-vfy +cra --enable-crl-all", "--crlfile, with a list of each authority"],
  ["+py --profile-bcp195-nd", "--tls-profile bcp195-nd"],
  ["+px --profile-bcp195", "--tls-profile bcp195"],
  ["+pz --profile-bcp195-ex", "--tls-profile bcp195-ex"],
  ["+pa --profile-aes +pn --profile-null", retired],
  ["+cc --list-ciphers +cs --cipher +dp --dhparam", suites],
  ["+rs --seed +ws --write-seed +wf --write-seed-file", randomness],
  ["-rc --require-peer-cert", "--verify-peer, the default"],
  ["-vc --verify-peer-cert", "--verify-peer or --no-verify-peer"],
  ["-ic --ignore-peer-cert", "--no-verify-peer"],
  ["+vc --verify-cert +rc --is-root-cert", verified],
  ["-pts --propose-ts", "--propose, with the names of transfer syntaxes"],
  ["-ppc --propose-pc", testing],
  ["+f --read-file -f --read-dataset", "nothing: files are read with File Meta Information and without it"],
  ["+fo --read-file-only", "--scan-pattern"],
  ["+sd --scan-directories +r", folders],
  ["-r", "--no-recurse"],
  ["+sp", "--scan-pattern"],
  ["+rn --rename -rn --no-rename", "--journal"],
  ["-xf --config-file", "--propose or --accept, with the names of transfer syntaxes"],
  ["-nh", "--no-halt"],
  ["+II --invent-instance +IR --invent-series +IS --invent-study +IP --invent-patient", invented],
  ["-P --patient", "--model patient"],
  ["-S --study", "--model study"],
  ["-O --psonly", "--model psonly"],
  ["-W --worklist", "dicom worklist"],
  ["-k", "--where"],
  ["--cancel", "--cancel-after"],
  ["-X --extract -w --write -od --output-directory", "--output"],
  ["-Xlo --limit-output", "--max"],
  ["-Xx --extract-xml -Xs --extract-xml-single", "--json"],
  ["+sr --show-responses -sr --hide-responses", "nothing: matches are printed, --quiet or not"],
  ["--relational-query", "--extended relational"],
  ["--relational-retrieval", "--extended relational"],
  ["--dt-matching", "--extended datetime"],
  ["--fuzzy-names", "--extended fuzzy"],
  ["--timezone-adj", "--extended timezone"],
  ["--enhanced-conversion", "--extended multiframe"],
  ["+dc --enable-correction", "nothing: what a peer answers is printed as it is"],
  ["-dc --disable-correction", "--unchecked"],
  ["+P --port --store --store-port", "--listen"],
  ["--no-port", "nothing: without --listen there is none"],
  ["-pi --pending-ignore -pr --pending-read", "nothing: such a data set is read, and passed over"],
  ["-ac --access-full", "nothing: it is the default"],
  ["+ac --access-control", "--from and --callers"],
  ["+xa --accept-all", "nothing: it is the default"],
  ["-B --normal +B --bit-preserving +F --write-file -F --write-dataset +t= --write-xfer-same", asTheyCome],
  ["+te --write-xfer-little +tb --write-xfer-big +ti --write-xfer-implicit +td --write-xfer-deflated", asTheyCome],
  ["+g= --group-length-recalc +g --group-length-create -g --group-length-remove", asTheyCome],
  ["+e --length-explicit -e --length-undefined -p --padding-off +p --padding-create", asTheyCome],
  ["-uc --retain-un +uc --convert-un", asTheyCome],
  ["--fork -id --inetd", "nothing: one process serves all"],
  ["-xcr --exec-on-reception -xcs --exec-on-eostudy -tos --eostudy-timeout --exec-sync", run],
  ["-rns --rename-on-eostudy -uf --default-filenames +uf --unique-filenames -fe --filename-extension", named],
  ["-ss --sort-conc-studies -su --sort-on-study-uid -sp --sort-on-patientname", "nothing: there is one folder"],
  ["-pm", "--promiscuous"],
  ["-ba --bind-address", "--host"],
  ["--reject --refuse --sleep-after --sleep-during --abort-after --abort-during", testing],
  ["--clean --database-location --instance-location", "nothing: dicom serve keeps files, and answers no queries"]
]

/** What is here in one subcommand what is something else, or nothing to be told of, in the others. */
const own: { readonly [subcommand: string]: typeof rows } = {
  store: [["-xf --config-file", "--propose, with the names of transfer syntaxes"]],
  worklist: [
    ["-P", "dicom find --model patient"],
    ["-S --study", "dicom find --model study"],
    ["-O --psonly", "dicom find --model psonly"],
    ["-W --worklist", always]
  ],
  move: [
    ["--ignore", "nothing: what comes is dropped without --output"],
    ["+ac --access-control -ac --access-full", "nothing: whoever calls while it lasts may send"]
  ],
  serve: [
    ["-xf --config-file", "--accept, with the names of transfer syntaxes"],
    ["-td --dimse-timeout", "--idle-timeout"],
    ["-c --config", "nothing: dicom serve keeps files, and answers no queries"]
  ]
}

/** The transfer syntaxes of DCMTK's letters and of the ends of its names. */
const syntaxes: ReadonlyArray<readonly [letter: string, ending: string, keywords: string]> = [
  ["=", "uncompr", "ExplicitVRLittleEndian,ExplicitVRBigEndian,ImplicitVRLittleEndian"],
  ["e", "little", "ExplicitVRLittleEndian"],
  ["b", "big", "ExplicitVRBigEndian"],
  ["i", "implicit", "ImplicitVRLittleEndian"],
  ["d", "deflated", "DeflatedExplicitVRLittleEndian"],
  ["s", "lossless", "JPEGLosslessSV1"],
  ["y", "jpeg8", "JPEGBaseline8Bit"],
  ["x", "jpeg12", "JPEGExtended12Bit"],
  ["v", "j2k-lossless", "JPEG2000Lossless"],
  ["w", "j2k-lossy", "JPEG2000"],
  ["t", "jls-lossless", "JPEGLSLossless"],
  ["u", "jls-lossy", "JPEGLSNearLossless"],
  ["m", "mpeg2", "MPEG2MPML"],
  ["h", "mpeg2-high", "MPEG2MPHL"],
  ["n", "mpeg4", "MPEG4HP41"],
  ["l", "mpeg4-bd", "MPEG4HP41BD"],
  ["2", "mpeg4-2-2d", "MPEG4HP422D"],
  ["3", "mpeg4-2-3d", "MPEG4HP423D"],
  ["o", "mpeg4-2-st", "MPEG4HP42STEREO"],
  ["4", "hevc", "HEVCMP51"],
  ["5", "hevc10", "HEVCM10P51"],
  ["r", "rle", "RLELossless"]
]

const byName = (some: typeof rows): ReadonlyArray<readonly [name: string, here: string]> =>
  some.flatMap(([names, here]) => names.split(" ").map((name) => [name, here] as const))

const equivalents = new Map([
  ...byName(rows),
  ...syntaxes.flatMap(([letter, ending, keywords]) =>
    [
      [`-x${letter}`, `--propose ${keywords}`],
      [`--propose-${ending}`, `--propose ${keywords}`],
      [`--request-${ending}`, `--propose ${keywords}`],
      [`+x${letter}`, `--accept ${keywords}`],
      [ending === "implicit" ? "--implicit" : `--prefer-${ending}`, `--accept ${keywords}`]
    ].map(([name = "", here = ""]) => [name, here] as const)
  )
])

const equivalentsOf = new Map(Object.entries(own).map(([subcommand, some]) => [subcommand, new Map(byName(some))]))

/**
 * What is in a subcommand what an option of theirs is there, as the end of a sentence; nothing for what is none of theirs, or
 * is the same here. Without a subcommand: in most of them.
 *
 * @category getters
 * @since 0.1.0
 */
export const equivalent = (option: string, subcommand = ""): string | undefined => {
  const here = equivalentsOf.get(subcommand)?.get(option) ?? equivalents.get(option)
  // Who listens proposes nothing.
  return subcommand === "serve" ? here?.replace(/^--propose /, "--accept ") : here
}

const sentence = (option: string, subcommand: string | undefined): string =>
  `${option} is an option of DCMTK or pynetdicom; here it is ${equivalent(option, subcommand) ?? "nothing"}.`

/** Of `--name=value` the name. */
const nameOf = (arg: string): string => (arg.startsWith("--") ? (arg.split("=")[0] ?? arg) : arg)

const beforeEnd = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  return end < 0 ? args : args.slice(0, end)
}

/**
 * What to write in place of options of theirs that a command line has and a subcommand has not, a sentence for each. Those
 * that would be read as letters or as arguments count whether the subcommand has told of them or not.
 *
 * @category formatting
 * @since 0.1.0
 */
export const hints = (args: ReadonlyArray<string>, unrecognized: ReadonlySet<string>): ReadonlyArray<string> =>
  [...new Set(beforeEnd(args).map(nameOf))]
    .filter((name) => isTheirs(name, args[0]) && (unrecognized.has(name) || isRun(name) || name.startsWith("+")))
    .map((name) => sentence(name, args[0]))

const isTheirs = (name: string, subcommand: string | undefined): boolean => equivalent(name, subcommand) !== undefined

/** A dash and several letters, which are read one by one here, or a capital one, which no flag is. */
const isRun = (name: string): boolean => /^-(?:[^-].|[A-Z])/.test(name)

/**
 * The same for what would be taken for something else without a word: letters that are all flags here, as `-nh` is help,
 * and arguments that are no files. `-vc NAME` is --verbose and --call.
 *
 * @category formatting
 * @since 0.1.0
 */
export const mistaken = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const given = beforeEnd(args)
  const isValue = (index: number): boolean => given[index - 1]?.startsWith("--") === true
  return [
    ...new Set(
      given.filter(
        (name, index) =>
          isTheirs(name, args[0]) && name !== "-vc" && (isRun(name) || (name.startsWith("+") && !isValue(index)))
      )
    )
  ].map((name) => sentence(name, args[0]))
}
