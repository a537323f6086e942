/** What is measured of dcmjs, which brings no types. */
declare module "dcmjs" {
  interface Dictionary {
    [tag: string]: { readonly vr: string; Value: ReadonlyArray<unknown> }
  }
  interface File {
    readonly dict: Dictionary
    write(): ArrayBuffer
  }
  interface ReadBufferStream {
    readonly size: number
  }
  interface WriteBufferStream {
    getBuffer(): ArrayBuffer
  }
  export const data: {
    readonly DicomMessage: {
      readFile(buffer: ArrayBuffer): File
      _read(stream: ReadBufferStream, transferSyntax: string): Dictionary
      write(dictionary: Dictionary, stream: WriteBufferStream, transferSyntax: string, options: object): number
    }
    readonly ReadBufferStream: new (buffer: ArrayBuffer, littleEndian: boolean) => ReadBufferStream
    readonly WriteBufferStream: new (size: number, littleEndian: boolean) => WriteBufferStream
  }
  export const log: { setLevel(level: string): void }
}
