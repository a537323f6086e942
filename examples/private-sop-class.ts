// A SOP class of one's own: its operations, data sets and statuses are declared once. Provider and user come from that, and
// what the class does not have does not compile.
//
//   node examples/private-sop-class.ts
import { Association } from "@effect-dicom/association"
import { TcpListener, TcpTransport } from "@effect-dicom/association/node"
import { Attribute, DataSetSchema, IS, Uid } from "@effect-dicom/data"
import { GeneralStatus, Operation, ServiceClass, ServiceClassProvider, ServiceStatus } from "@effect-dicom/services"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"

const Film = DataSetSchema.Struct({
  medium: DataSetSchema.type1(Attribute.MediumType),
  copies: DataSetSchema.type1(Attribute.NumberOfCopies)
})

const Status = {
  load: ServiceStatus.make({ ...GeneralStatus.action, Jam: ServiceStatus.failure(0xc001, "The film is stuck") }),
  look: ServiceStatus.make(GeneralStatus.getAttributes)
}

const Magazine = ServiceClass.make("Film Magazine", {
  sopClasses: [Uid.makeUnsafe("2.25.271828182845904523536")],
  operations: {
    load: Operation.action({ statuses: Status.load, actionTypeId: 1, information: Film }),
    look: Operation.getAttributes({ statuses: Status.look, attributes: Film })
  }
})

const sopInstanceUid = Uid.makeUnsafe("2.25.577215664901532860606")

const magazine = Layer.suspend(() => {
  let film: typeof Film.Type = { medium: "BLUE FILM", copies: IS.IS.make("0") }
  return Magazine.layer({
    load: ({ dataSet }) =>
      IS.toNumber(dataSet.copies) > 100 ? Effect.fail(Status.load.of.Jam()) : Effect.sync(() => void (film = dataSet)),
    look: () => Effect.sync(() => ({ dataSet: film }))
  })
})

export const server = ServiceClassProvider.layer([Magazine.provider]).pipe(Layer.provide(magazine))

export const program = Effect.gen(function* () {
  const titles = { callingAETitle: "EXAMPLE", calledAETitle: "PRINTER" }
  const client = Magazine.client(yield* Association.request({ ...titles, ...Magazine.proposal() }))
  for (const copies of ["50", "500"]) {
    yield* client
      .load({ sopInstanceUid, dataSet: { medium: "CLEAR FILM", copies: IS.IS.make(copies) } })
      .pipe(Effect.catchTag("Refused", ({ message, status }) => Console.log(`${status._tag}: ${message}`)))
  }
  const { dataSet } = yield* client.look({ sopInstanceUid })
  yield* Console.log(`${dataSet.copies} sheets of ${dataSet.medium}`)
}).pipe(Effect.scoped)

if (import.meta.main) {
  const listening = Layer.provide(server, TcpListener.layer({ port: 11112, host: "127.0.0.1" }))
  const transport = TcpTransport.layer({ host: "127.0.0.1", port: 11112 })
  NodeRuntime.runMain(Effect.provide(program, Layer.provideMerge(transport, listening)))
}
