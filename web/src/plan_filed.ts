// SPDX-License-Identifier: Apache-2.0
//
// A plan exactly as it was signed: the answers about activities give shapes in degrees, and circles
// as polygons; an amendment or an offer begins with the whole numbers of the log's entry.
import { get } from "./api";
import type { SignedPlan } from "./plan";
import { fromBase64 } from "./proof";
import type { Activity, EntryProof } from "./types";

const text = (base64: string): string => new TextDecoder().decode(fromBase64(base64));

export async function filedPlan({ owner, index }: Activity): Promise<SignedPlan> {
  const proof = await get<EntryProof>(`/api/log/${owner}/${index ?? 0}`);
  const entry = JSON.parse(text(proof.entry)) as { env: { payload: string } };
  const payload = JSON.parse(text(entry.env.payload)) as { body: SignedPlan };
  return payload.body;
}
