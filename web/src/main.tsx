import { render } from "preact";
import { followAddress } from "./shell/address";
import { followKeys } from "./shell/keys";
import { Page } from "./shell/Page";
import { followTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/page.css";

followTheme();
followAddress();
followKeys();
const root = document.getElementById("page");
if (!root) throw new Error("index.html has no #page");
render(<Page />, root);
