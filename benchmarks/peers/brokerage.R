suppressMessages(library(sna))
source("io.R")
ties <- npy(file.path(folder, "ties.npy"))
groups <- npy(file.path(folder, "groups.npy"))[, 1]
roles <- c("w_I", "w_O", "b_OI", "b_IO", "b_O", "t") # a gatekeeper takes in from outside
timed(function() brokerage(ties, groups), function(found) t(found$raw.nli[, roles]))
