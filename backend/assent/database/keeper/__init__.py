"""The keeper: the small process that runs the PostgreSQL we bring along, as long as anybody uses it.

`serve`, a command and a test may all use one data folder at once, start and end in any order, and be killed at any
moment. None of them is therefore the database's parent: the first one starts a keeper, and the keeper

* runs PostgreSQL, and starts it again when it dies;
* stops it cleanly when the last user is gone. A user holds a shared lock on `users.lock`, which the kernel releases
  however the user ends; the keeper waits for the exclusive lock;
* takes PostgreSQL with it when the keeper itself is killed (the kernel signals it), and is replaced by whichever user
  notices first. `keeper.lock` lets one keeper live at a time.
"""
