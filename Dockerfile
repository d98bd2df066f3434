# One image, many entry points: `services/<name>/dist/main.js`.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml tsconfig.json tsconfig.base.json ./
COPY scripts scripts
COPY packages packages
COPY services services
COPY test/package.json test/package.json
RUN npm install --global "$(node -p 'require("./package.json").packageManager')" \
 && pnpm install --frozen-lockfile --ignore-scripts \
 && node_modules/.bin/tsc -b \
 && CI=true pnpm prune --prod --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production KAFKAJS_NO_PARTITIONER_WARNING=1
WORKDIR /app
COPY --from=build --chown=root:root /app /app
# A new volume takes its owner from here.
RUN mkdir /var/lib/clouds && chown node:node /var/lib/clouds
USER node
ENTRYPOINT ["node", "--enable-source-maps"]
