// Has testcontainers pull and run $IMAGE; it is installed in the folder $NODE_MODULES.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_MODULES}/`);
const { GenericContainer } = require("testcontainers");

const container = await new GenericContainer(process.env.IMAGE).withNetworkMode("none").start();
await container.stop();
