#!/usr/bin/env node
import { parley } from "./program.ts";

process.exitCode = await parley(process.argv);
