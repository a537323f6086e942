/**
 * What may be empty may be left out of a value that is sent, and is sent empty: attributes of type 2 (PS3.5 section 7.4.3).
 * Of a schema that is each key that must be there, and may be null.
 */
import * as Predicate from "effect/Predicate"
import * as SchemaAST from "effect/SchemaAST"

type Fill = (value: unknown) => unknown

/** Puts null where a value of this type leaves a key out; nothing where the type has no such key. */
export const fill = (type: SchemaAST.AST): Fill | undefined => {
  switch (type._tag) {
    case "Declaration": {
      // The type of a data set's struct is one of the struct of its fields.
      const [struct, another] = type.typeParameters
      return struct?._tag === "Objects" && another === undefined ? fill(struct) : undefined
    }
    case "Objects":
      return fillKeys(type)
    case "Arrays": {
      const [every] = type.rest
      const inner = every === undefined ? undefined : fill(every)
      return inner === undefined ? undefined : (value) => (Array.isArray(value) ? value.map(inner) : value)
    }
    case "Union": {
      const [only, another] = type.types.filter((member) => !SchemaAST.isNull(member))
      return only === undefined || another !== undefined ? undefined : fill(only)
    }
    default:
      return undefined
  }
}

const mayBeNull = (type: SchemaAST.AST): boolean =>
  type._tag === "Union" && !SchemaAST.isOptional(type) && type.types.some(SchemaAST.isNull)

const fillKeys = ({ propertySignatures }: SchemaAST.Objects): Fill | undefined => {
  const nulls = propertySignatures.filter(({ type }) => mayBeNull(type)).map(({ name }) => [name, null])
  const inner = propertySignatures.flatMap(({ name, type }) => {
    const own = fill(type)
    return own === undefined ? [] : [{ name, own }]
  })
  if (nulls.length === 0 && inner.length === 0) return undefined
  return (value) => {
    if (!Predicate.isObject(value) || Array.isArray(value)) return value
    const filled: Record<PropertyKey, unknown> = { ...Object.fromEntries(nulls), ...value }
    for (const { name, own } of inner) {
      if (filled[name] !== undefined) filled[name] = own(filled[name])
    }
    return filled
  }
}
