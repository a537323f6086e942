/**
 * The bare SCP as a process that answers each C-FIND with the same studies: `node canned.ts PORT`.
 */
import * as BareNode from "../BareNode.ts"
import * as Query from "../Query.ts"

const matches = Array.from({ length: Query.count }, (_, n) => Query.studyBytes(n))

BareNode.serve(Number(process.argv[2]), () => ({ open: () => {}, write: () => {}, close: () => {} }), matches)
process.once("SIGINT", () => process.exit())
