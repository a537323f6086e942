// A query is a stream of typed matches. Whoever has enough leaves it: the peer is told to stop (C-CANCEL), what still comes
// is dropped, and the association is as good as before.
//
//   node examples/stopped-query.ts HOST PORT FAMILY-NAME
import { Association } from "@effect-dicom/association"
import { TcpTransport } from "@effect-dicom/association/node"
import { AttributeMatching, PersonName } from "@effect-dicom/data"
import { QueryRetrieve } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"

const studies = QueryRetrieve.make("Study Root", {
  identifier: QueryRetrieve.Identifier.study,
  match: QueryRetrieve.Match.study
})

const describe = ({ patientName, studyInstanceUid }: typeof QueryRetrieve.Match.study.Type) =>
  `${studyInstanceUid ?? "?"} of ${patientName == null ? "nobody" : PersonName.format(patientName)}`

export const program = Effect.fnUntraced(function* (familyName: string, enough: number) {
  const association = yield* Association.request({
    callingAETitle: "EXAMPLE",
    calledAETitle: "ANY-SCP",
    presentationContexts: studies.presentationContexts()
  })
  const found = studies.client(association).find({
    level: "STUDY",
    patientName: AttributeMatching.wildCard(`${familyName}*`),
    studyInstanceUid: AttributeMatching.universal
  })
  yield* found.pipe(
    Stream.take(enough),
    Stream.runForEach(({ identifier }) => Console.log(describe(identifier)))
  )
  const first = yield* Stream.runHead(found)
  yield* Console.log(`and the first once more: ${first._tag === "Some" ? describe(first.value.identifier) : "none"}`)
}, Effect.scoped)

if (import.meta.main) {
  const [host = "127.0.0.1", port = "11112", familyName = ""] = process.argv.slice(2)
  const transport = TcpTransport.layer({ host, port: Number(port) })
  NodeRuntime.runMain(Effect.provide(program(familyName, 5), transport))
}
