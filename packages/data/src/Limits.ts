/**
 * What a data set may cost: bounds on what is read, all in one record. Each that is passed is a typed error.
 *
 * @since 0.1.0
 */

/**
 * The bounds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Limits {
  /**
   * How deep sequences may nest: the data set itself has depth 0, its sequences' items have depth 1. At most 1,024: what
   * goes through a data set goes down with it.
   */
  readonly depth: number
  /** How many elements there may be, at all depths. */
  readonly elements: number
  /** How many items there may be, at all depths. */
  readonly items: number
  /** How many fragments there may be, of all encapsulated values. */
  readonly fragments: number
  /** The most bytes of one value that a stream is gathered for. A value in bytes that are there is a view, and free. */
  readonly valueInMemory: number
  /** The most bytes that a deflated data set may inflate to. */
  readonly inflatedSize: number
  /** How many values one string may hold, between backslashes: asked where they are parted, as `DataSet.get` does. */
  readonly valuesPerString: number
  /** How many irregularities lenient reading survives. */
  readonly irregularities: number
}

/**
 * Bounds that no data set that means well comes near to: 64 levels, a million items, two million elements and a
 * million fragments, 256 MiB in one value gathered, 64 MiB inflated, a million values in a
 * string, a thousand irregularities.
 *
 * @category models
 * @since 0.1.0
 */
export const defaults: Limits = {
  depth: 64,
  elements: 2_000_000,
  items: 1_000_000,
  fragments: 1_000_000,
  valueInMemory: 0x10000000,
  inflatedSize: 0x4000000,
  valuesPerString: 1_000_000,
  irregularities: 1000
}

/** The deepest that the call stack surely has room for. */
const mostDepth = 1024

/**
 * The defaults, some of them replaced: by numbers, since what is no number would bound nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (limits: Partial<Limits> = {}): Limits => {
  const of = (name: keyof Limits): number => {
    const given = limits[name]
    return given === undefined || Number.isNaN(given) ? defaults[name] : given
  }
  return {
    depth: Math.min(of("depth"), mostDepth),
    elements: of("elements"),
    items: of("items"),
    fragments: of("fragments"),
    valueInMemory: of("valueInMemory"),
    inflatedSize: of("inflatedSize"),
    valuesPerString: of("valuesPerString"),
    irregularities: of("irregularities")
  }
}
