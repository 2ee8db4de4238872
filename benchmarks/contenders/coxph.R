# R's coxph(Surv(start, stop, event)) on start-stop rows, in days or whole months: one number.
# Reads doubles (tenure, churned, result or NaN, band) that run.py wrote: base R has no Parquet.
began <- proc.time()[["elapsed"]]
suppressPackageStartupMessages(library(survival))
args <- commandArgs(trailingOnly = TRUE)
imported <- proc.time()[["elapsed"]]
lives <- matrix(readBin(args[1], "double", n = file.size(args[1]) / 8), ncol = 4)
tenure <- lives[, 1]; churned <- lives[, 2]; result <- lives[, 3]; band <- lives[, 4]
if (args[2] == "months") { tenure <- ceiling(tenure / 30.4375); result <- ceiling(result / 30.4375) }
has <- !is.na(result) & result < tenure
rows <- data.frame(
  start = c(rep(0, length(has)), result[has]),
  stop = c(ifelse(has, result, tenure), tenure[has]),
  event = c(ifelse(has, 0, churned), churned[has]),
  state = c(rep(0, length(has)), rep(1, sum(has))),
  band = c(band, band[has])
)
loaded <- proc.time()[["elapsed"]]
fit <- coxph(Surv(start, stop, event) ~ state + strata(band), rows)
done <- proc.time()[["elapsed"]]
ratio <- exp(-coef(fit) + c(0, -1.959964, 1.959964) * sqrt(vcov(fit)[1]))
cat(sprintf(
  '{"imports": %f, "load": %f, "work": %f, "ratio": [%.10f, %.10f, %.10f]}\n',
  imported - began, loaded - imported, done - imported, ratio[1], ratio[2], ratio[3]
))
