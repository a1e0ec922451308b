# Two images. docs/deploying.md says how an application of yours is built on the first.
#   docker build --target runtime --tag typeflow .    Typeflow and what it serves with, without an application
#   docker build --tag typeflow-example .             the same with the application of examples/deploy

FROM node:24-slim AS package
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json README.md LICENSE CHANGELOG.md ./
COPY src ./src
# Packing builds it, by the script `prepare`: what is installed below is what a release would have.
RUN npm pack && mv typeflow-*.tgz typeflow.tgz

FROM node:24-slim AS runtime
ENV NODE_ENV=production \
    PATH=/app/node_modules/.bin:$PATH \
    TYPEFLOW_HOST=0.0.0.0 \
    TYPEFLOW_PORT=4400
WORKDIR /app
COPY --from=package /build/typeflow.tgz ./
RUN npm init --yes > /dev/null \
    && npm install --ignore-scripts --no-audit --no-fund ./typeflow.tgz fastify@5 @fastify/rate-limit@11 \
    && npm cache clean --force
# Whoever runs here can change nothing of it.
USER node
EXPOSE 4400
STOPSIGNAL SIGTERM
# Any answer but an error of the service's own will do: without a token it may well be a refusal.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TYPEFLOW_PORT}/health`).then((r) => process.exit(r.status < 500 ? 0 : 1), () => process.exit(1))"]
CMD ["typeflow", "serve"]

FROM runtime AS example-build
USER root
WORKDIR /app
RUN npm install --ignore-scripts --no-audit --no-fund --no-save typescript@5.9 @types/node@24
COPY examples/deploy ./source
RUN tsc --outDir built --target ES2022 --module Node16 --strict --skipLibCheck --experimentalDecorators --emitDecoratorMetadata \
    --types node source/typeflow.config.ts

FROM runtime AS example
COPY --from=example-build /app/built/ ./
