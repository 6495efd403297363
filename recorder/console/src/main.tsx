// The console's entry: puts the application into the page. Everything it shows comes from the API
// of the recorder that served it (design.md §6).
import { render } from "preact";
import { Application } from "./shell/application.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/pieces.css";
import "./styles/shell.css";

const place = document.getElementById("app");
if (place !== null) render(<Application />, place);
