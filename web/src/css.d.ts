// SPDX-License-Identifier: Apache-2.0
//
// Style sheets are bundled by build.mjs; they have no types.
declare module "*.css";
