import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * A module, loaded when the effect runs. It is a part of rollbook itself: where it cannot be loaded, rollbook was not
 * installed whole, which no caller can do anything about.
 */
export const loaded = <M>(load: () => Promise<M>): Effect.Effect<M> => Effect.promise(load)

/** A layer out of a module that is loaded when the layer is built: other commands must not pay for it. */
export const layerOf = <M, A, E>(load: () => Promise<M>, make: (module: M) => Layer.Layer<A, E>): Layer.Layer<A, E> =>
  Layer.unwrapEffect(Effect.map(loaded(load), make))

/** An effect out of a module that is loaded when the effect runs. */
export const effectOf = <M, A, E, R>(
  load: () => Promise<M>,
  make: (module: M) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.flatMap(loaded(load), make)
