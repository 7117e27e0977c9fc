// SPDX-License-Identifier: Apache-2.0
//
// The buttons on the map with which a form's shape is drawn, and the line below them.
import { byId, h, show } from "./dom";
import { t, type TextKey } from "./i18n";
import { canDraw, drawing, endDrawing, startDrawing, type DrawMode } from "./plan_map";

/** `idle`: what is said while nothing is drawn. `before`: called before a button does its work. */
export function toolRow(there: boolean, modes: DrawMode[], idle: TextKey, before?: () => void): void {
  const region = byId("plan-tools");
  if (!there || !canDraw()) return show(region);
  const mode = drawing();
  show(
    region,
    h(
      "div.tool-row",
      { role: "group", "aria-label": t("plan.tools") },
      modes.map((name) =>
        h(
          "button.small",
          {
            type: "button",
            "data-key": `tool-${name}`,
            "aria-pressed": mode === name ? "true" : "false",
            onclick: () => {
              before?.();
              if (mode === name) endDrawing();
              else startDrawing(name);
            },
          },
          t(`plan.tool.${name}`),
        ),
      ),
      mode === undefined
        ? null
        : h(
            "button.small",
            { type: "button", "data-key": "tool-end", onclick: () => endDrawing() },
            t("plan.tool.cancel"),
          ),
    ),
    h("p.tool-hint", {}, t(mode === undefined ? idle : `plan.tool.${mode}.hint`)),
  );
}
