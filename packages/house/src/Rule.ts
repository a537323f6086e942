/**
 * What a rule of the house is: a function from the tree to what it finds there.
 */
import type { SourceFile } from "./Tree.ts"
import type { Module } from "./Module.ts"

/** One breach of one rule. Lines count from 1. */
export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly message: string
}

/** What the rules look at: every file, and the TypeScript ones parsed. */
export interface House {
  readonly files: ReadonlyArray<SourceFile>
  readonly modules: ReadonlyArray<Module>
}

export type Rule = (house: House) => ReadonlyArray<Finding>

/** A finding as one line: path, line, rule, and what is wrong. */
export const format = (finding: Finding): string =>
  `${finding.path}:${finding.line}: ${finding.message} (${finding.rule})`
