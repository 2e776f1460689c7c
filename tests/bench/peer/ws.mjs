// ws.mjs ADDRESS PORT -- a peer: what a browser costs a server that is written in Node
// with the `ws` package, as most hand-made bridges are. No compression, as in the hub.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: process.argv[2], port: Number(process.argv[3]), perMessageDeflate: false,
	handleProtocols: () => "bare" });
server.on("connection", (socket) => {
	socket.user = { name: "", lines: [] };
	socket.on("message", () => {});
	socket.on("error", () => {});
});
server.on("listening", () => console.log("ready"));
