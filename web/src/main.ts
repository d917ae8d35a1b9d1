// SPDX-License-Identifier: EUPL-1.2
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/pieces.css";
import "./styles/map.css";
import "./styles/views.css";
import "./styles/lighting.css";
import "./styles/water.css";
import "./styles/contrast.css";
import "./styles/print.css";
import "./app";
