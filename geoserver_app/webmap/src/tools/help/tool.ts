// Help: the sheet of keys.
import { words } from "../../words";
import { register } from "../registry";
import { openHelp } from "./dialog";

register({ id: "help", icon: "help-circle", title: () => words().help, key: "?", place: "bottom", activate: openHelp });
