// A worklist as a layer: the items are data sets, and so is what modalities ask for, so that keys of any kind are matched
// and come back in the answer.
//
//   node examples/worklist-provider.ts PORT
import { TcpListener } from "@effect-dicom/association/node"
import { IdentifierMatching, PersonName } from "@effect-dicom/data"
import { ModalityWorklist, ServiceClassProvider, Verification } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Layer, Result, Schema, Stream } from "effect"

const scheduled = (patientId: string, familyName: string, modality: string, hour: number) =>
  Schema.encodeSync(ModalityWorklist.Item)({
    patientId,
    patientName: Result.getOrThrow(PersonName.make({ alphabetic: { familyName } })),
    accessionNumber: `A-${patientId}`,
    scheduledProcedureStep: [
      {
        modality,
        scheduledStationAETitle: [`${modality}1`],
        scheduledProcedureStepStartDate: { year: 2026, month: 3, day: 14 },
        scheduledProcedureStepStartTime: { hour }
      }
    ]
  })

const items = [
  scheduled("1", "Doe", "CT", 9),
  scheduled("2", "Smith", "MR", 10),
  scheduled("3", "Smythe", "CT", 11),
  scheduled("4", "Jones", "CT", 14)
]

const worklist = ModalityWorklist.serviceClass.handlers({
  find: ({ association, identifier }) => {
    const query = IdentifierMatching.make(identifier)
    return Stream.fromIterable(items).pipe(
      Stream.filter(query.matches),
      Stream.map((item) => ({ identifier: query.response(item) })),
      Stream.onStart(Console.log(`${association.callingAETitle} asks for its worklist`))
    )
  }
})

export const server = ServiceClassProvider.layer([Verification.provider, worklist])

if (import.meta.main) {
  const listener = TcpListener.layer({ port: Number(process.argv[2] ?? 11112) })
  NodeRuntime.runMain(Layer.launch(Layer.provide(server, listener)))
}
