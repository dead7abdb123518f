# The source runs as it stands on Node.js 26: there is nothing to build. The runtime comes from the image, so the copies
# that the package carries for other machines are left out.
FROM node:26-slim

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
COPY LICENSE ./
COPY bin bin
COPY migrations migrations
COPY src src

RUN install -d -o node -g node /data
VOLUME /data
USER node
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# SIGTERM drains within 25 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "bin/landfall.js"]
CMD ["serve"]
