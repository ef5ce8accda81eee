# kerascolor on a CPU. From the folder with the photos:
#   docker build -t kerascolor PATH_OF_THIS_REPOSITORY
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/photos" kerascolor \
#       colorize scans/ --output colour/
FROM python:3.12-slim
COPY . /source
RUN pip install --no-cache-dir /source && rm -rf /source
WORKDIR /photos
ENTRYPOINT ["kerascolor"]
