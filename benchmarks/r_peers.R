# Peers in R. Reads one request per line, "method folder iterations", runs it, and answers with one
# line: seconds by R's own clock, iterations done, then the values. Numbers come as raw doubles.

read <- function(folder, name) {
  path <- file.path(folder, name)
  readBin(path, "double", file.size(path) / 8)
}

sizes <- function(folder) setNames(as.integer(read(folder, "sizes")), c("n", "k", "d"))

mixture <- function(folder, iterations) {
  s <- sizes(folder)
  x <- read(folder, "x")
  covs <- read(folder, "covs")
  means <- matrix(read(folder, "means"), s["d"], s["k"])
  kind <- readLines(file.path(folder, "model"))
  if (s["d"] > 1) {
    x <- matrix(x, s["n"], s["d"], byrow = TRUE)
    covs <- array(covs, c(s["d"], s["d"], s["k"]))
  } else {
    means <- as.vector(means)
  }
  variance <- list(modelName = kind, d = s[["d"]], G = s[["k"]])
  if (s["d"] == 1) variance$sigmasq <- covs
  else if (kind == "VVV") variance <- c(variance, list(sigma = covs, cholsigma = array(apply(covs, 3, chol), dim(covs))))
  else if (kind == "EEE") variance <- c(variance, list(Sigma = covs[, , 1], cholSigma = chol(covs[, , 1])))
  else if (kind == "VII") variance$sigmasq <- covs[1, 1, ]
  else {
    scale <- apply(covs, 3, function(m) prod(diag(m))^(1 / s["d"]))
    shape <- apply(covs, 3, diag) / rep(scale, each = s["d"])
    variance <- c(variance, list(scale = scale, shape = shape))
  }
  start <- list(pro = read(folder, "weights"), mean = means, variance = variance)
  control <- mclust::emControl(eps = 0, tol = c(0, 0), itmax = c(iterations, iterations))
  begin <- Sys.time()
  fit <- mclust::em(modelName = kind, data = x, parameters = start, control = control)
  spent <- as.numeric(Sys.time() - begin, units = "secs")
  found <- fit$parameters
  covs <- if (s["d"] == 1) found$variance$sigmasq else found$variance$sigma
  values <- c(found$pro, found$mean, covs, fit$loglik)
  # mclust counts backwards when it was stopped by itmax.
  c(spent, abs(attr(fit, "info")[["iterations"]]), values)
}

kmeans_of <- function(folder, iterations) {
  s <- sizes(folder)
  x <- matrix(read(folder, "x"), s["n"], s["d"], byrow = TRUE)
  means <- matrix(read(folder, "means"), s["k"], s["d"], byrow = TRUE)
  begin <- Sys.time()
  fit <- suppressWarnings(kmeans(x, means, iter.max = iterations, algorithm = "Lloyd"))
  spent <- as.numeric(Sys.time() - begin, units = "secs")
  c(spent, min(fit$iter, iterations), t(fit$centers))
}

coins <- function(folder, iterations) {
  x <- read(folder, "x")
  tosses <- read(folder, "tosses")
  heads <- read(folder, "heads")
  y <- cbind(x, tosses - x)
  theta <- cbind(heads, 1 - heads)
  begin <- Sys.time()
  capture.output(fit <- mixtools::multmixEM(
    y, lambda = read(folder, "weights"), theta = theta, maxit = iterations, epsilon = -1
  ))
  spent <- as.numeric(Sys.time() - begin, units = "secs")
  c(spent, length(fit$all.loglik), fit$lambda, fit$theta[, 1], fit$loglik)
}

logistic <- function(folder, iterations) {
  s <- sizes(folder)
  x <- cbind(1, matrix(read(folder, "x"), s["n"], s["d"], byrow = TRUE))
  y <- read(folder, "y")
  begin <- Sys.time()
  fit <- glm.fit(x, y, family = binomial(), control = glm.control(epsilon = 1e-10))
  spent <- as.numeric(Sys.time() - begin, units = "secs")
  c(spent, 1, fit$coefficients)
}

has <- function(package, iterations) {
  c(0, 0, suppressWarnings(require(package, character.only = TRUE, quietly = TRUE)))
}

methods <- list(
  mixture = mixture, kmeans = kmeans_of, coins = coins, logistic = logistic, has = has
)
requests <- file("stdin", "r")
while (length(line <- readLines(requests, 1)) > 0) {
  part <- strsplit(line, "\t")[[1]]
  answer <- tryCatch(
    paste(sprintf("%.17g", methods[[part[1]]](part[2], as.integer(part[3]))), collapse = " "),
    error = function(e) paste("error", gsub("\n", " ", conditionMessage(e)))
  )
  cat(answer, "\n", sep = "")
  flush(stdout())
}
