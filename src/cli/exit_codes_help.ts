/** `tenure help exit-codes`. */
export const EXIT_CODES_HELP = `Exit codes of tenure:

    0  done
    1  a part of what was asked for failed, as the output says; of a scan: it
       found something; of the doctor: something is wrong
   64  the command was written wrongly, or a value was refused
   66  there is no such secret, session, fuse, file or vault
   69  the daemon can't be reached, or can't serve now; of a launch: the agent
       is not installed, or the session could not be set up
   70  a fault of tenure's own
   74  what was to be printed could not be written, such as to a full disk
   75  the resource is held by somebody else, or the wait ran out
   76  the lease is gone: lost, ended, or unknown
   77  denied: a wrong token, a role or a policy, a socket that is not yours
   78  the configuration is wrong

Of 'tenure run' and 'tenure secret exec' besides:

    n  the command's own exit code, verbatim
  124  the command ran beyond 'secret exec --ttl', and was ended
  126  the command can't be executed
  127  the command was not found
128+n  the command was ended by signal n

Of 'tenure session launch --wait' and 'session wait': as the session ended, and

  124  it ran beyond its time limit, or was stopped for its silence
  130  it was stopped
   76  nobody saw how it ended

Of 'tenure task run --wait' and 'tenure orchestrate --once': as the run ended, and

   75  it was skipped, or --timeout ran out
   76  its lease was lost, or nobody saw how it ended

A lost lease overrides the command's own exit code: 76 even where it succeeded.
Choose others with --exit-code held=N,lost=N,unreachable=N,denied=N, or tell
tenure's codes from the command's with --outcome-fd N.`;
