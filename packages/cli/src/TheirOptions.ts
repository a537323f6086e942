/**
 * The options of DCMTK and pynetdicom that are not options here, and what is: for whoever types them out of habit. All of
 * them are in OPTIONS.md.
 *
 * @since 0.1.0
 */

const propose = "--propose, with the names of transfer syntaxes"
const folders = "nothing: folders are searched as they are, folders within them too"

const here: { readonly [option: string]: string } = {
  "-aet": "--aetitle",
  "-aec": "--call",
  "-aem": "--destination",
  "--calling-aet": "--aetitle",
  "--called-aet": "--call",
  "--move-aet": "--destination",
  "-P": "--model patient",
  "-S": "--model study",
  "-O": "--model psonly",
  "-W": "dicom worklist",
  "--worklist": "dicom worklist",
  "-X": "--output",
  "-od": "--output",
  "--output-directory": "--output",
  "+sd": folders,
  "+r": folders,
  "-r": "--no-recurse",
  "-nh": "--no-halt",
  "-to": "--timeout",
  "-ta": "--acse-timeout",
  "-td": "--dimse-timeout",
  "-pdu": "--max-pdu",
  "+P": "--listen",
  "-ll": "--log-level",
  "-d": "--log-level debug",
  "+tls": "--tls, with --key and --cert",
  "+tla": "--tls",
  "+cf": "--cafile",
  "-ic": "--no-verify-peer",
  "-usr": "--user",
  "-pwd": "--password",
  "-rsp": "--positive-response",
  "+B": "nothing: what comes is kept byte for byte"
}

const equivalent = (option: string): string | undefined =>
  Object.hasOwn(here, option) ? here[option] : /^[-+]x[a-z=]{1,2}$/.test(option) ? propose : undefined

/**
 * What to write in place of options of theirs that a command line has, a sentence for each.
 *
 * @category formatting
 * @since 0.1.0
 */
export const hints = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(args)].flatMap((option) => {
    const ours = equivalent(option)
    return ours === undefined ? [] : [`${option} is an option of DCMTK or pynetdicom; here it is ${ours}.`]
  })
