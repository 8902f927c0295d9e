/** A number for every element of an input, or an array that is broadcast to its shape. */
export type Feed = number | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** Values of inputs beside the explained one, by name. */
export type Feeds = Readonly<Record<string, Feed>>;
