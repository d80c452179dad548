import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A layer out of a module that is loaded when the layer is built: other commands must not pay for it. */
export const layerOf = <M, A, E>(load: () => Promise<M>, make: (module: M) => Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.unwrapEffect(Effect.map(Effect.promise(load), make))

/** An effect out of a module that is loaded when the effect runs. */
export const effectOf = <M, A, E, R>(
  load: () => Promise<M>,
  make: (module: M) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.flatMap(Effect.promise(load), make)
