// SPDX-License-Identifier: Apache-2.0
//
// What a text of a catalogue may be: a string, or one string for each plural form that the
// language has (CLDR), chosen by the parameter `n`. English gives the keys; a missing key, or a
// missing plural form, in another language is an error of the compiler.

interface EnglishForms {
  one: string;
  other: string;
}
interface RussianForms {
  one: string;
  few: string;
  many: string;
  other: string;
}
interface ArabicForms {
  zero: string;
  one: string;
  two: string;
  few: string;
  many: string;
  other: string;
}

export type Text = string | EnglishForms | RussianForms | ArabicForms;
export type English = Record<string, string | EnglishForms>;

/** A number of things has forms in every language; other texts may have them where needed. */
type Of<E, Forms> = { [K in keyof E]: E[K] extends string ? string | Forms : Forms };
export type Russian<E> = Of<E, RussianForms>;
export type Arabic<E> = Of<E, ArabicForms>;
