/** The command line's entry. What each command does stands in a file of its own. */
import { runCommandLine } from './command_line.js';

void runCommandLine();
