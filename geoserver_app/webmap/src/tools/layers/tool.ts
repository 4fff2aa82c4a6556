// The layer tool: opens the left dock; a click on the map queries it.
import { html } from "lit";
import { session } from "../../session";
import { words } from "../../words";
import { register } from "../registry";
import "./panel";

register({
  id: "layers",
  icon: "stack-2",
  title: () => words().layers,
  key: "l",
  place: "top",
  panel: { side: "left", view: () => html`<gb-layers></gb-layers>` },
  activate: () => session().set({ leftOpen: true }),
});
