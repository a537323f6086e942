/**
 * An SCP of dcmjs-dimse as a process: `node dcmjsDimse.ts PORT [DIRECTORY]`.
 */
import DcmjsDimse from "dcmjs-dimse"
import * as Path from "node:path"

const { constants, log, responses, Scp, Server } = DcmjsDimse
const [port, directory] = process.argv.slice(2)

log.setLevel("error")

class Provider extends Scp {
  override associationRequested(association: DcmjsDimse.association.Association): void {
    association.setMaxPduLength(131072)
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id)
      const [first] = context.getTransferSyntaxUids()
      context.setResult(constants.PresentationContextResult.Accept, first)
    }
    this.sendAssociationAccept()
  }
  override cEchoRequest(
    request: DcmjsDimse.requests.CEchoRequest,
    callback: (response: DcmjsDimse.responses.CEchoResponse) => void
  ): void {
    const response = responses.CEchoResponse.fromRequest(request)
    response.setStatus(constants.Status.Success)
    callback(response)
  }
  override cStoreRequest(
    request: DcmjsDimse.requests.CStoreRequest,
    callback: (response: DcmjsDimse.responses.CStoreResponse) => void
  ): void {
    const response = responses.CStoreResponse.fromRequest(request)
    response.setStatus(constants.Status.Success)
    if (directory === undefined) return callback(response)
    const name = `${request.getAffectedSopInstanceUid()}.dcm`
    request.getDataset()?.toFile(Path.join(directory, name), () => callback(response))
  }
  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse()
  }
}

new Server(Provider).listen(Number(port))
