// The measuring tool: clicks set points; double-click or Enter ends; Esc and Backspace take back.
import { html } from "lit";
import { session } from "../../session";
import { words } from "../../words";
import { register } from "../registry";
import "./panel";
import { leave, sketch } from "./state";

register({
  id: "measure",
  icon: "ruler-measure",
  title: () => words().measure,
  key: "m",
  place: "top",
  panel: { side: "right", view: () => html`<gb-measure></gb-measure>` },
  activate: () => {
    sketch().begin();
    session().set({ rightOpen: true });
  },
  deactivate: () => {
    sketch().clear();
    sketch().end();
  },
  click: (place) => {
    sketch().add(place);
    return true;
  },
  back: () => {
    if (!sketch().back()) leave();
    return true;
  },
});
