// engine.mjs in a process of its own.
import { answer } from './engine.mjs';

process.on('message', async (message) => process.send(await answer(message)));
