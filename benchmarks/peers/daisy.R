library(cluster)
source("io.R")
frame <- read.csv(file.path(folder, "frame.csv"), na.strings = "")
kinds <- sub("[0-9]+$", "", names(frame))
for (k in seq_along(frame)) {
  if (kinds[k] == "nominal") frame[[k]] <- factor(frame[[k]])
  if (kinds[k] == "ordinal") frame[[k]] <- factor(frame[[k]], ordered = TRUE)
}
type <- list(symm = which(kinds == "symmetric"), asymm = which(kinds == "asymmetric"))
timed(function() daisy(frame, metric = "gower", type = type), identity)
