import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as PeerAddress from "../src/PeerAddress.ts"

const read = (address: string): unknown =>
  Result.match(PeerAddress.parse(address), {
    onFailure: (error) => error.message,
    onSuccess: (found) => ({ ...found })
  })

describe("PeerAddress", () => {
  it("reads what there may be of AE title, host and port", () => {
    assert.deepStrictEqual(read("ARCHIVE@pacs.example.org:104"), {
      call: "ARCHIVE",
      host: "pacs.example.org",
      port: 104
    })
    assert.deepStrictEqual(read("localhost:11112"), { host: "localhost", port: 11112 })
    assert.deepStrictEqual(read("MY AE@[::1]:104"), { call: "MY AE", host: "::1", port: 104 })
    assert.deepStrictEqual(read("A@B@host:1"), { call: "A@B", host: "host", port: 1 })
    assert.deepStrictEqual(read("OTHER@archive"), { call: "OTHER", host: "archive" })
    assert.deepStrictEqual(read("::1"), { host: "::1" })
    assert.deepStrictEqual(read(" ME @ host:104 "), { call: "ME", host: "host", port: 104 })
  })

  it("says what is wrong", () => {
    assert.strictEqual(
      read("SEVENTEEN-LETTERS@host:104"),
      '"SEVENTEEN-LETTERS@host:104" is no address of a peer: AE title is "SEVENTEEN-LETTERS"; ' +
        "permitted: 1 to 16 characters"
    )
    assert.strictEqual(
      read("MÜNCHEN@host:104"),
      '"MÜNCHEN@host:104" is no address of a peer: AE title is "MÜNCHEN"; permitted: characters of the default ' +
        "repertoire, no control character"
    )
    for (const [address, host] of [
      ["[::1:104", "[::1:104"],
      ["::1]:104", "::1]:104"],
      ["a b:104", "a b"],
      ["X@[::1]104", "[::1]104"]
    ]) {
      assert.strictEqual(
        read(address ?? ""),
        `${JSON.stringify(address)} is no address of a peer: ${JSON.stringify(host)} is no host; ` +
          "permitted: a name or an address, one of IPv6 in brackets, as in [::1]:104"
      )
    }
    assert.strictEqual(
      read("host:70000"),
      '"host:70000" is no address of a peer: the port is 70000; permitted: a TCP port, 1 to 65535'
    )
    assert.strictEqual(
      read("ARCHIVE@"),
      '"ARCHIVE@" is no address of a peer: it has no host; permitted: AE@host:port, host:port, or the name of a peer'
    )
  })

  it("is written as it is read", () => {
    for (const address of ["ARCHIVE@pacs.example.org:104", "localhost:11112", "[::1]:104", "archive"]) {
      assert.strictEqual(PeerAddress.format(Result.getOrThrow(PeerAddress.parse(address))), address)
    }
  })
})
