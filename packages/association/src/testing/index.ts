/**
 * Test equipment for whatever speaks DICOM over a socket: connections in memory, a peer that follows a script, and
 * faults. All of it works under a test clock.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.ts"
export * as InMemory from "./InMemory.ts"
export * as ReadyMade from "./ReadyMade.ts"
export * as ScriptedPeer from "./ScriptedPeer.ts"
